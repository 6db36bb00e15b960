"""Times pandas on the thermostat cleaning, for scenarios/thermostat_bench_test.go.

    python3 pandas_clean.py FILE [TIMES [text|dates]]     # needs pandas

FILE has the columns time, temperature, humidity, occupancy. Prints the fastest of
TIMES in seconds, of read_csv as it is, which leaves the stamps as text, and of
read_csv told to parse them (or of one of the two): two by the clock, two of the
processor (of all threads, user and system). Then what came out: rows kept, the
sum of the humidities and the sum of the scaled temperatures, so that another
program can show that it does the same work.
"""

import sys
import time

import pandas as pd


def clean(name, dates):
    df = pd.read_csv(name, parse_dates=["time"] if dates else None)
    df = df[(df.temperature > 10) & (df.temperature < 40)].copy()
    df["humidity"] = df.humidity.fillna(df.humidity.rolling(3, min_periods=1).mean())
    t = df.temperature
    df["scaled"] = (t - t.min()) / (t.max() - t.min())
    return df


wall, cpu = [float("inf")] * 2, [float("inf")] * 2
for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 5):
    for dates in {"text": [False], "dates": [True]}.get(sys.argv[3] if len(sys.argv) > 3 else "", [False, True]):
        start, used = time.perf_counter(), time.process_time()
        df = clean(sys.argv[1], dates)
        wall[dates] = min(wall[dates], time.perf_counter() - start)
        cpu[dates] = min(cpu[dates], time.process_time() - used)
print(*wall, *cpu, len(df), repr(float(df.humidity.sum())), repr(float(df.scaled.sum())), pd.__version__)

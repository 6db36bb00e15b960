"""Makes thermostat.csv (own synthetic data) and what pandas makes of it.

    python3 thermostat.py        # needs numpy and pandas

thermostat.csv         time, temperature in degC, humidity in %; with gaps and outliers
thermostat_clean.csv   the three lines of the classic example: drop, fill, scale
thermostat_stages.csv  other operations on the temperatures that were kept
thermostat_grid.csv    the kept temperatures on a grid of 15 minutes
"""

import numpy as np
import pandas as pd

rng = np.random.default_rng(20260501)
n = 300
time = pd.date_range("2026-05-01", periods=n, freq="5min")
hour = np.arange(n) / 12
temperature = np.round(21 + 3 * np.sin(2 * np.pi * (hour - 9) / 24) + 0.4 * rng.standard_normal(n), 2)
humidity = np.round(50 - 8 * np.sin(2 * np.pi * (hour - 9) / 24) + 2 * rng.standard_normal(n), 1)
for i, v in {7: 85, 40: -127, 41: 10, 42: 40, 43: 10.01, 44: 39.99, 120: 60.5, 121: 3, 200: 1e6}.items():
    temperature[i] = v
temperature[[15, 90, 91, 92, 250]] = np.nan
humidity[rng.choice(n, 40, replace=False)] = np.nan
for first, last in [(0, 0), (59, 60), (100, 102), (140, 143), (298, 299)]:
    humidity[first : last + 1] = np.nan

df = pd.DataFrame({"time": time, "temperature": temperature, "humidity": humidity})
df.to_csv("thermostat.csv", index=False)
df = pd.read_csv("thermostat.csv", parse_dates=["time"])

df = df[(df.temperature > 10) & (df.temperature < 40)]
df.humidity = df.humidity.fillna(df.humidity.rolling(3, min_periods=1).mean())
t = df.temperature
df["scaled"] = (t - t.min()) / (t.max() - t.min())
df.to_csv("thermostat_clean.csv", index=False)

t = df.set_index("time").temperature
out = pd.DataFrame({"temperature": t})
for window, name in [(12, "12"), ("1h", "1h")]:
    roll = t.rolling(window, min_periods=1)
    for what in ["mean", "median", "min", "max"]:
        out[f"{what}_{name}"] = getattr(roll, what)()
    out[f"std_{name}"] = roll.std(ddof=1)
out["ewm"] = t.ewm(alpha=0.3, adjust=False).mean()
out["ewm_adjust"] = t.ewm(alpha=0.3).mean()
out["ewm_half_life"] = t.ewm(halflife="20min", times=t.index).mean()
out["difference"] = t.diff()
out["rate"] = t.diff() / (t.index.to_series().diff() / pd.Timedelta("1h"))
out["standardise"] = (t - t.mean()) / t.std(ddof=1)
out["robust"] = (t - t.median()) / (t.quantile(0.75) - t.quantile(0.25))
med = t.rolling(7, min_periods=1).median()
mad = t.rolling(7, min_periods=1).apply(lambda x: np.median(np.abs(x - np.median(x))), raw=True)
warm = np.arange(len(t)) < 3
out["hampel"] = t.where(warm | ((t - med).abs() <= 3 * 1.4826 * mad), med)
out.to_csv("thermostat_stages.csv")

grid = t.resample("15min", closed="right", label="right")
pd.DataFrame({"mean": grid.mean(), "last": grid.last()}).to_csv("thermostat_grid.csv")

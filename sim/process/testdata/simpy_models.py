"""The models of BenchmarkAgainstSimPy, in SimPy. Prints seconds of processor
time for each, without the set-up: one JSON object."""

import json
import random
import sys
import time

import simpy


def timed(env, until=None):
    begin = time.process_time()
    env.run(until=until)
    return time.process_time() - begin


def mm1(customers):
    """An arrival and a service process, a FIFO store: rho = 0.9."""
    env = simpy.Environment()
    store = simpy.Store(env)
    total = [0.0]

    def arrivals():
        for _ in range(customers):
            yield env.timeout(random.expovariate(0.9))
            store.put(env.now)

    def service():
        for _ in range(customers):
            came = yield store.get()
            yield env.timeout(random.expovariate(1.0))
            total[0] += env.now - came

    env.process(arrivals())
    done = env.process(service())
    return timed(env, done)


def spawn(customers):
    """A process for each customer, who stays for a while: M/M/inf."""
    env = simpy.Environment()

    def customer():
        yield env.timeout(random.expovariate(0.1))

    def arrivals():
        for _ in range(customers):
            yield env.timeout(random.expovariate(1.0))
            env.process(customer())

    env.process(arrivals())
    return timed(env)


def watchdog(beats):
    """100 devices that arm a timer of 1000 anew at each beat, once in a time unit.
    SimPy can't cancel a timeout: the old ones stay in its queue."""
    env = simpy.Environment()
    left = [beats]

    def device():
        while left[0] > 0:
            left[0] -= 1
            env.timeout(1000)
            yield env.timeout(random.expovariate(1.0))

    for _ in range(100):
        env.process(device())
    begin = time.process_time()
    while left[0] > 0:
        env.step()
    return time.process_time() - begin


def hold(processes, holds):
    """So many processes that hold for exponential times."""
    env = simpy.Environment()
    left = [holds]

    def one():
        while True:
            yield env.timeout(random.expovariate(1.0))
            left[0] -= 1

    for _ in range(processes):
        env.process(one())
    begin = time.process_time()
    while left[0] > 0:
        env.step()
    return time.process_time() - begin


if __name__ == "__main__":
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    random.seed(1)
    print(json.dumps({
        "simpy": simpy.__version__,
        "python": sys.version.split()[0],
        "n": n,
        "mm1": mm1(n),
        "spawn": spawn(n),
        "watchdog": watchdog(n),
        "hold1000": hold(1000, n),
    }))

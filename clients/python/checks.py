"""What the scripts of all Python clients share: checks, and what the servers say of themselves."""

import asyncio
import inspect
import json
import os
import re
import sys
import time
import traceback
import urllib.request

WINDLASS = os.environ["WINDLASS"]
UPSTREAM = os.environ["UPSTREAM"]
QUESTION = "What is Python?"
ANSWER = f"You said: {QUESTION}"

CHECKS = []


def check(function):
    """Registers a check: a function, or a coroutine function, without arguments."""
    CHECKS.append(function)
    return function


def main(only=""):
    """Runs the checks whose names hold `only`, in order and on one event loop; says how many passed."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    failed, chosen = 0, [function for function in CHECKS if only in function.__name__]
    for function in chosen:
        name = function.__name__.replace("_", " ")
        try:
            outcome = function()
            if inspect.iscoroutine(outcome):
                loop.run_until_complete(asyncio.wait_for(outcome, 20))
            print(f"ok {name}", flush=True)
        except Exception as error:
            failed += 1
            print(f"FAILED {name}: {type(error).__name__}: {error}", flush=True)
            print(traceback.format_exc(), file=sys.stderr, flush=True)
    print(f"{len(chosen) - failed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed or not chosen else 0)


def equal(found, wanted):
    assert found == wanted, f"{found!r} is not {wanted!r}"


def raises(kind, function, *args, **kwargs):
    """The error of this kind that a call raises."""
    try:
        outcome = function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}, but {outcome!r}")


async def araises(kind, awaitable):
    """The error of this kind that a coroutine raises."""
    try:
        outcome = await awaitable
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}, but {outcome!r}")


def until_error(kind, stream):
    """What a stream gave, and the error of this kind that it then raised; a stream that ends well fails the check."""
    items = []
    try:
        for item in stream:
            items.append(item)
    except kind as error:
        return items, error
    raise AssertionError(f"the stream ended as if all were well: {items!r}")


async def auntil_error(kind, stream):
    """The same for an asynchronous stream."""
    items = []
    try:
        async for item in stream:
            items.append(item)
    except kind as error:
        return items, error
    raise AssertionError(f"the stream ended as if all were well: {items!r}")


def paced(stream):
    """The items of a stream whose words the service says 100 ms apart: they must not come all at once."""
    times, items = [], []
    for item in stream:
        times.append(time.monotonic())
        items.append(item)
    one_by_one(times)
    return items


async def apaced(stream):
    """The same for an asynchronous stream."""
    times, items = [], []
    async for item in stream:
        times.append(time.monotonic())
        items.append(item)
    one_by_one(times)
    return items


def one_by_one(times):
    gaps = [after - before for before, after in zip(times, times[1:])]
    assert sum(gap > 0.05 for gap in gaps) >= 3, f"came at once: {gaps}"


def get(url):
    with urllib.request.urlopen(url, timeout=5) as response:
        return response.read().decode()


def upstream(model):
    """How many requests for a model the service had, has open, and saw given up."""
    nothing = {"requests": 0, "open": 0, "cancelled": 0}
    return json.loads(get(f"{UPSTREAM}/stats")).get(model, nothing)


def cancelled_runs(chain):
    """How many runs of a chain the server counts as cancelled."""
    pattern = rf'windlass_requests_total\{{[^}}]*chain="{chain}"[^}}]*outcome="cancelled"[^}}]*\}} (\d+)'
    return sum(int(number) for number in re.findall(pattern, get(f"{WINDLASS}/metrics")))


class GivenUp:
    """Around what a client starts and gives up: the server ends the run, and its connection to the service."""

    def __init__(self, chain):
        self.chain = chain

    def __enter__(self):
        self.before = (cancelled_runs(self.chain), upstream(self.chain)["cancelled"])
        return self

    def started(self):
        """Waits until the service is answering."""
        wait_until(lambda: upstream(self.chain)["open"] > 0, "the service is never asked")

    async def astarted(self):
        """The same while other coroutines go on."""
        await asyncio.get_running_loop().run_in_executor(None, self.started)

    def __exit__(self, kind, error, trace):
        if kind is None:
            wait_until(self.settled, f"not given up: {self.before}, {upstream(self.chain)}")

    def settled(self):
        runs, seen = self.before
        now = upstream(self.chain)
        return now["open"] == 0 and now["cancelled"] > seen and cancelled_runs(self.chain) > runs


def wait_until(true, otherwise):
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.02)

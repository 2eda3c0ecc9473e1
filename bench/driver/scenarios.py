"""What is done to a server in each scenario; README.md says what each is for."""

from .faults import faults


def invoke(p, behaviour, *options):
    return p.measure(behaviour, "invoke", *options)


def streams(p, n, gap_ms, limit_s, *, rounds=1, look_after_s=None):
    """n streams of 100 tokens at once."""
    return p.measure(f"tokens=100,gap={gap_ms}", "stream", "-c", n, "--requests", n * rounds, "--max-time", limit_s,
                     tokens=100, look_after_s=look_after_s)


def throughput(p):
    return p.measure("tokens=500", "stream", "-c", 32, "--duration", 8 * p.args.scale, tokens=500)


def disconnect(p):
    """50 clients leave in mid-stream; when did the last upstream call end?"""
    r = p.measure("tokens=200,gap=20", "stream", "-c", 50, "--requests", 50, "--drop-after", 5, "--max-time", 20,
                  tokens=200)
    p.wait_upstream_idle(6)
    after = r["upstream_after"] = p.upstream()
    if after["cancelled"]:
        r["cancel_ms"] = max(0, after["last_cancel_unix_us"] - r["last_done_unix_us"]) / 1000
    return r


SCENARIOS = {
    "S1-c1": lambda p: invoke(p, "tokens=20", "-c", 1, "--duration", 2 * p.args.scale),
    "S1-c64": lambda p: invoke(p, "tokens=20", "-c", 64, "--duration", 3 * p.args.scale),
    "S1-open100": lambda p: invoke(p, "tokens=20", "--rate", 100, "--duration", 4 * p.args.scale,
                                   "--max-inflight", 1000),
    "S2": lambda p: invoke(p, "tokens=20,delay=500", "-c", 500, "--duration", 8 * p.args.scale),
    "S3-1": lambda p: streams(p, 1, 5, 20, rounds=6),
    "S3-100": lambda p: streams(p, 100, 5, 45, rounds=2),
    "S3-200-20": lambda p: streams(p, 200, 20, 30, rounds=2),
    "S3-500": lambda p: streams(p, 500, 5, 60),
    "S4": throughput,
    "S5": lambda p: streams(p, 500, 50, 60, look_after_s=3.0),
    "S6": disconnect,
    "S3-2000-slow": lambda p: streams(p, 2000, 50, 45),
    "S3-2000": lambda p: streams(p, 2000, 5, 45),
    "S7": faults,
}
DEFAULT = [s for s in SCENARIOS if s != "S7"]
# in the first run only for targets marked heavy_once
HEAVY = {"S3-500", "S5", "S3-2000", "S3-2000-slow", "S7"}

"""The figures that the project commits to, each with its goal and whether a run met it."""

from dataclasses import dataclass

from .summary import number

# with more other work than this (cores) a median says more about the machine than about the server
NOISY = 0.4


@dataclass(frozen=True)
class Goal:
    what: str
    key: str
    of: str = "windlass"
    over: str | None = None
    minus: str | None = None
    at_most: float | None = None
    at_least: float | None = None
    # for counts the worst sample must meet the goal, for measurements the median
    stat: str = "median"
    # times and CPU move with other work on the machine; counts and memory do not
    steady: bool = False

    def row(self, summary):
        sign = f" / {self.over}" if self.over else f" − {self.minus}" if self.minus else ""
        goal = f"≤ {self.at_most:g}" if self.at_most is not None else f"≥ {self.at_least:g}"
        value, parts, other = self._measured(summary)
        if value is None:
            cells = ["–", "", "", goal, "not measured"]
        else:
            met = value <= self.at_most if self.at_most is not None else value >= self.at_least
            noisy = " (noisy)" if other > NOISY and not self.steady else ""
            cells = [number(value), parts, number(other), goal, ("met" if met else "**missed**") + noisy]
        return f"| {self.what}, {self.of}{sign} | " + " | ".join(cells) + " |"

    def _measured(self, summary):
        """The value, how it was made, and the most other work in its parts; a value of None: a part is missing."""
        figures = [summary.get(t, {}) for t in (self.of, self.over or self.minus) if t]
        values = [f.get(self.key, {}).get(self.stat) for f in figures]
        if None in values or (self.over and not values[1]):
            return None, "", 0.0
        noise = self.key.split(".")[0] + ".other_cores"
        other = max(f.get(noise, {}).get("median", 0.0) for f in figures)
        if self.over:
            return values[0] / values[1], f"{number(values[0])} / {number(values[1])}", other
        if self.minus:
            return values[0] - values[1], f"{number(values[0])} − {number(values[1])}", other
        return values[0], "", other


GOALS = [
    Goal("S1-c64 CPU µs per request", "S1-c64.cpu_us_per_req", over="floor-chain", at_most=2.0),
    Goal("S1-c64 CPU µs per request", "S1-c64.cpu_us_per_req", of="fixed", over="windlass", at_least=60),
    Goal("S4 CPU µs per chunk", "S4.cpu_us_per_chunk", over="floor-chain", at_most=1.5),
    Goal("S4 CPU µs per chunk", "S4.cpu_us_per_chunk", of="fixed", over="windlass", at_least=30),
    Goal("S3-1 time to first token, p50 ms", "S3-1.ttft_p50_ms", minus="direct", at_most=0.5),
    Goal("S3-2000-slow streams complete of 2000", "S3-2000-slow.ok", at_least=2000, stat="min", steady=True),
    Goal("S3-2000-slow errors", "S3-2000-slow.err", at_most=0, stat="max", steady=True),
    Goal("S3-2000-slow kB (peak − idle RSS) per stream", "S3-2000-slow.rss_kb_per_stream", over="floor-chain",
         at_most=1.2, steady=True),
    Goal("S6 upstream calls cancelled of 50", "S6.cancelled", at_least=50, stat="min", steady=True),
    Goal("S6 cancellation, ms", "S6.cancel_ms", at_most=100),
    Goal("idle RSS MB", "start.idle_rss_mb", at_most=20, steady=True),
    Goal("cold start to the first 200 on /health, ms", "start.cold_start_ms", at_most=100),
    Goal("S1-c64 CPU µs per request", "S1-c64.cpu_us_per_req", of="langserve", over="langserve-windlass", at_least=50),
    Goal("S4 CPU µs per chunk", "S4.cpu_us_per_chunk", of="langserve", over="langserve-windlass", at_least=20),
    Goal("S3-200-20 CPU µs per chunk", "S3-200-20.cpu_us_per_chunk", of="langserve", over="langserve-windlass",
         at_least=20),
    *(Goal("S3-200-20 CPU µs per chunk", "S3-200-20.cpu_us_per_chunk", of=f"{dialect}-windlass", over="windlass",
           at_most=1.3) for dialect in ("langserve", "openai", "ui")),
    *(goal for shape in ("ask", "parallel", "fallback") for goal in (
        Goal("S1-c64 CPU µs per request", "S1-c64.cpu_us_per_req", of=f"{shape}-python", over=f"{shape}-windlass",
             at_least=50),
        Goal("S4 CPU µs per chunk", "S4.cpu_us_per_chunk", of=f"{shape}-python", over=f"{shape}-windlass",
             at_least=20),
    )),
]


def table(summary):
    return ["### What the project commits to", "", "| figure | measured | from | other work, cores | goal | verdict |",
            "|---|---|---|---|---|---|", *(g.row(summary) for g in GOALS), ""]

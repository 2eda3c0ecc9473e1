"""Turns samples into medians per target, and those into tables."""

import statistics

TABLES = [
    ("S1 invoke, upstream delay 0", [
        ("c=1 p50 ms", "S1-c1.lat_p50_ms"), ("c=1 p99 ms", "S1-c1.lat_p99_ms"),
        ("c=1 CPU µs/req", "S1-c1.cpu_us_per_req"), ("c=64 req/s", "S1-c64.rps"),
        ("c=64 p50 ms", "S1-c64.lat_p50_ms"), ("c=64 p99 ms", "S1-c64.lat_p99_ms"),
        ("c=64 CPU µs/req", "S1-c64.cpu_us_per_req"),
        ("open 100/s p50 ms", "S1-open100.lat_p50_ms"), ("open 100/s p99 ms", "S1-open100.lat_p99_ms")]),
    ("S2 invoke, upstream delay 500 ms, concurrency 500, 8 s (ideal 937 req/s, p50 500 ms)", [
        ("req/s", "S2.rps"), ("p50 ms", "S2.lat_p50_ms"), ("p99 ms", "S2.lat_p99_ms"),
        ("peak upstream in flight", "S2.up_peak"), ("unfinished", "S2.unfinished"), ("errors", "S2.err"),
        ("CPU µs/req", "S2.cpu_us_per_req")]),
    ("S3 stream 100 tokens, 5 ms gap (ideal total 495 ms)", [
        ("c=1 TTFT p50 ms", "S3-1.ttft_p50_ms"), ("c=1 total p50", "S3-1.lat_p50_ms"),
        ("c=100 TTFT p50", "S3-100.ttft_p50_ms"), ("TTFT p99", "S3-100.ttft_p99_ms"),
        ("total p50", "S3-100.lat_p50_ms"), ("gap p99", "S3-100.gap_p99_ms"), ("chunks/s", "S3-100.chunks_s"),
        ("c=500 TTFT p50", "S3-500.ttft_p50_ms"), ("TTFT p99", "S3-500.ttft_p99_ms"),
        ("total p50", "S3-500.lat_p50_ms"), ("chunks/s", "S3-500.chunks_s")]),
    ("S3 at 2000 streams: 5 ms gap and 50 ms gap (ideal total 4950 ms)", [
        ("5 ms: done", "S3-2000.ok"), ("err", "S3-2000.err"), ("unfinished", "S3-2000.unfinished"),
        ("TTFT p50 ms", "S3-2000.ttft_p50_ms"), ("total p50", "S3-2000.lat_p50_ms"), ("chunks/s", "S3-2000.chunks_s"),
        ("50 ms: done", "S3-2000-slow.ok"), ("err", "S3-2000-slow.err"), ("unfinished", "S3-2000-slow.unfinished"),
        ("TTFT p50 ms", "S3-2000-slow.ttft_p50_ms"), ("total p50", "S3-2000-slow.lat_p50_ms"),
        ("peak RSS MB", "S3-2000-slow.rss_peak_mb"), ("RSS kB/stream", "S3-2000-slow.rss_kb_per_stream")]),
    ("S3 at 200 streams, 20 ms gap (ideal total 1980 ms)", [
        ("done", "S3-200-20.ok"), ("TTFT p50 ms", "S3-200-20.ttft_p50_ms"), ("total p50", "S3-200-20.lat_p50_ms"),
        ("gap p99", "S3-200-20.gap_p99_ms"), ("CPU µs/chunk", "S3-200-20.cpu_us_per_chunk")]),
    ("S4 stream 500 tokens, no gap, c=32", [
        ("chunks/s", "S4.chunks_s"), ("CPU µs/chunk", "S4.cpu_us_per_chunk"), ("TTFT p50 ms", "S4.ttft_p50_ms"),
        ("total p50 ms", "S4.lat_p50_ms"), ("server cores", "S4.server_cores"), ("harness cores", "S4.harness_cores")]),
    ("S5 memory and start; 500 streams × 100 tokens × 50 ms gap (ideal total 4950 ms)", [
        ("cold start ms", "start.cold_start_ms"), ("idle RSS MB", "start.idle_rss_mb"),
        ("idle PSS MB", "start.idle_pss_mb"), ("RSS at 500 streams", "S5.rss_mid_mb"),
        ("peak RSS", "S5.rss_peak_mb"), ("total p50 ms", "S5.lat_p50_ms"),
        ("gap p99 ms", "S5.gap_p99_ms"), ("server cores", "S5.server_cores")]),
    ("S6 client drops 50 streams after 5 of 200 tokens (20 ms gap)", [
        ("upstream cancelled of 50", "S6.cancelled"),
        ("tokens upstream still sent (250 = at once, 10,000 = never)", "S6.tokens_sent"),
        ("ms from the last client's leaving to the last cancellation", "S6.cancel_ms")]),
]


def get(r, *path):
    for p in path:
        r = r.get(p) if isinstance(r, dict) else None
    return r


def over(a, b):
    return a / b if a is not None and b else None


def metrics(target, s, r):
    """The figures of one sample of scenario s."""
    m = {
        "rps": r["rps"], "ok": r["ok"], "err": r["errors"], "unfinished": r["unfinished"],
        "chunks_s": r["chunks_per_s"], "rss_peak_mb": r["rss_peak_mb"], "rss_mid_mb": r.get("mid_rss_mb"),
        "rss_kb_per_stream": over((r["rss_peak_mb"] - r["rss_idle_mb"]) * 1000, r["concurrency"]),
        "other_cores": r["other_cores"], "harness_cores": r["harness_cores"], "up_peak": get(r, "upstream", "peak"),
        "cancelled": get(r, "upstream_after", "cancelled"), "tokens_sent": get(r, "upstream_after", "tokens_sent"),
        "cancel_ms": r.get("cancel_ms"),
    }
    for q in ("p50", "p99"):
        for short, name in (("lat", "latency_us"), ("ttft", "ttft_us"), ("gap", "gap_us")):
            m[f"{short}_{q}_ms"] = over(get(r, name, q), 1000)
    if target != "direct":
        cpu_us = r["server_cpu_s"] * 1e6
        m |= {"cpu_us_per_req": over(cpu_us, r["ok"] + r["cut"]), "cpu_us_per_chunk": over(cpu_us, r["chunks"]),
              "server_cores": r["server_cores"]}
    return {f"{s}.{k}": v for k, v in m.items()}


def samples(run):
    """(scenario, other work, figures) of one target's run, its start among them."""
    start = run.get("start", {})
    yield "start", start.get("other_cores", 0.0), {
        "start.cold_start_ms": over(start.get("cold_start_s"), 1e-3), "start.idle_rss_mb": start.get("idle_rss_mb"),
        "start.idle_pss_mb": start.get("idle_pss_mb"), "start.other_cores": start.get("other_cores")}
    for s, r in run["scen"].items():
        if s != "S7" and "failed" not in r:
            yield s, r["other_cores"], metrics(run["target"], s, r)


def summarise(runs, quietest=0):
    """Medians per target. quietest=K: only the K samples of each scenario with the least other work."""
    by = {}
    for run in runs:
        for s, other, figures in samples(run):
            by.setdefault(run["target"], {}).setdefault(s, []).append((other, figures))
    out = {}
    for target, scenarios in by.items():
        out[target] = {}
        for taken in scenarios.values():
            taken.sort(key=lambda x: x[0])
            kept = [figures for _, figures in (taken[:quietest] if quietest else taken)]
            for k in kept[0]:
                if w := [m[k] for m in kept if m.get(k) is not None]:
                    out[target][k] = {"median": statistics.median(w), "min": min(w), "max": max(w), "n": len(w)}
    return out


def number(v):
    return f"{v:,.0f}" if abs(v) >= 100 else f"{v:.1f}" if abs(v) >= 10 else f"{v:.2f}"


def cell(x, ranges):
    if x is None:
        return "–"
    spread = f" ({number(x['min'])}–{number(x['max'])})" if ranges and x["n"] > 1 else ""
    return number(x["median"]) + spread


def table(title, columns, summary, titles, ranges):
    columns = [c for c in columns if any(c[1] in figures for figures in summary.values())]
    scenarios = list(dict.fromkeys(key.split(".")[0] for _, key in columns))
    for s in scenarios:
        columns.append((f"other work, cores ({s})" if len(scenarios) > 1 else "other work, cores", f"{s}.other_cores"))
    rows = {t: figures for t, figures in summary.items() if any(key in figures for _, key in columns)}
    if not rows:
        return []
    names = " | ".join(name for name, _ in columns)
    head = [f"### {title}", "", f"| target | {names} |", "|---|" + "---|" * len(columns)]
    lines = [f"| {titles.get(t, t)} | " + " | ".join(cell(figures.get(key), ranges) for _, key in columns) + " |"
             for t, figures in rows.items()]
    return [*head, *lines, ""]


def tables(summary, titles, ranges):
    return [line for title, columns in TABLES for line in table(title, columns, summary, titles, ranges)]

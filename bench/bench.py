#!/usr/bin/env python3
"""Runs load scenarios against servers that sit in front of a mock upstream, and compares them.

  bench.py --targets direct,floor-chain,fixed,langserve,windlass --runs 3 --ratios
  bench.py --name mine --cmd '/path/server --port {port} --upstream {mock}/v1'
  bench.py --merge results/*.json --quietest 3 --ranges

Everything is on 127.0.0.1. Only processes started here are ended. README.md says how to read it.
"""

import argparse
import datetime
import json
import os
import shlex
import sys
import time

from driver import faults, ratios, summary
from driver.machine import split_cpus
from driver.peer import BENCH, Peer
from driver.scenarios import DEFAULT, HEAVY, SCENARIOS


def say(*words):
    print(*words, file=sys.stderr, flush=True)


def brief(r):
    if "failed" in r or "rps" not in r:
        return r.get("failed", "done")[:150]
    p50, ttft = summary.get(r, "latency_us", "p50"), summary.get(r, "ttft_us", "p50")
    x = f"ok {r['ok']} cut {r['cut']} err {r['errors']} unfinished {r['unfinished']} p50 {p50} µs"
    x += f" ttft {ttft} µs {r['chunks_per_s']:.0f} chunks/s" if ttft else f" {r['rps']:.0f} req/s"
    return x + f", cores: server {r['server_cores']:.2f} harness {r['harness_cores']:.2f} other {r['other_cores']:.2f}"


def due(scenario, peer, run):
    if scenario == "S7":
        return run == 1 and bool(peer.spec.get("cmd"))
    return run == 1 or scenario not in HEAVY or not peer.spec.get("heavy_once")


def sample(peer, scenario):
    """One scenario on one server; a scenario that fails is a result too."""
    try:
        r = SCENARIOS[scenario](peer)
    except Exception as e:
        r = {"failed": f"{type(e).__name__}: {e}"}
    try:
        if peer.settle():
            r["restarted_after"] = True
    except Exception as e:
        say(f"  {peer.name} did not come up again: {e}")
    return r


def one_run(peers, args, run, save):
    """All servers up, then scenario by scenario over all of them, so that noise meets them alike."""
    records = {}
    try:
        for p in peers:
            try:
                start = p.start()
            except Exception as e:
                say(f"  {p.name}: {type(e).__name__}: {e}")
                p.stop()
                continue
            when = datetime.datetime.now(datetime.UTC).isoformat()
            records[p] = {"target": p.name, "run": run, "when": when, "start": start, "scen": {}}
        for s in args.scenarios:
            for p in [p for p in records if due(s, p, run)]:
                t0 = time.monotonic()
                r = records[p]["scen"][s] = sample(p, s)
                say(f"  [run {run}] {s:12} {p.name:12} {time.monotonic() - t0:5.1f} s  {brief(r)}")
                save(list(records.values()))
    finally:
        for p in peers:
            p.stop()
    return list(records.values())


def measure(targets, args):
    """All runs; they are in the results file after each sample."""
    server_cpus, harness_cpus = split_cpus() if args.pin == "split" else (None, None)
    if harness_cpus:
        os.sched_setaffinity(0, harness_cpus)
    os.makedirs(args.out, exist_ok=True)
    path = os.path.join(args.out, datetime.datetime.now().strftime("%Y%m%d-%H%M%S") + ".json")
    runs = []

    def save(current):
        with open(path, "w") as f:
            json.dump({"argv": sys.argv[1:], "pin": args.pin, "runs": runs + current}, f, indent=1)

    for run in range(1, args.runs + 1):
        peers = [Peer(name, spec, args, server_cpus) for name, spec in targets.items()]
        runs += one_run(peers, args, run, save)
    say(f"results: {path}")
    return runs


def parse(known):
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--targets", default="", help=f"comma-separated: {', '.join(known)}")
    ap.add_argument("--name", default="server", help="name of a server given by --cmd")
    ap.add_argument("--cmd", help="command of a server that is not in targets.json")
    ap.add_argument("--env", action="append", default=[], help="K=V for --cmd (repeatable)")
    ap.add_argument("--health", default="/health")
    ap.add_argument("--invoke", type=json.loads, default={}, help="JSON: path, body, field")
    ap.add_argument("--stream", type=json.loads, default={}, help="JSON: path, body, format (ndjson|sse), field, event")
    ap.add_argument("--scenarios", default=",".join(DEFAULT), help=f"of {', '.join(SCENARIOS)}; default: all but S7")
    ap.add_argument("--runs", type=int, default=3)
    ap.add_argument("--scale", type=float, default=1.0, help="multiplies the fixed durations")
    ap.add_argument("--pin", choices=["split", "none"], default="split",
                    help="split: the server on the first CPU, mock and load generator on the others (default)")
    ap.add_argument("--quiet-wait", type=float, default=15, help="most seconds to wait for a quiet machine")
    ap.add_argument("--quiet-below", type=float, default=0.25, help="quiet = other work below this many cores")
    ap.add_argument("--venvs", default=os.path.join(BENCH, "venvs"), help="folder of the Python peers' environments")
    ap.add_argument("--out", default=os.path.join(BENCH, "results"))
    ap.add_argument("--merge", nargs="+", metavar="FILE", help="measure nothing, report on these results")
    ap.add_argument("--quietest", type=int, default=0, help="report only the K least disturbed samples")
    ap.add_argument("--ranges", action="store_true", help="print lowest–highest with the medians")
    ap.add_argument("--ratios", action="store_true", help="print the figures the project commits to, with their goals")
    args = ap.parse_args()
    args.scenarios, args.targets = args.scenarios.split(","), [t for t in args.targets.split(",") if t]
    if unknown := [x for x in args.scenarios if x not in SCENARIOS] + [x for x in args.targets if x not in known]:
        ap.error(f"unknown: {', '.join(unknown)}")
    if not (args.targets or args.cmd or args.merge):
        ap.error("give --targets, --cmd or --merge")
    return args


def main():
    with open(os.path.join(BENCH, "targets.json")) as f:
        known = {k: v for k, v in json.load(f).items() if not k.startswith("_")}
    args = parse(known)
    targets = {name: known[name] for name in args.targets}
    if args.cmd:
        targets[args.name] = {"title": args.name, "cmd": shlex.split(args.cmd), "health": args.health,
                              "env": dict(e.split("=", 1) for e in args.env),
                              "invoke": args.invoke, "stream": args.stream}
    if args.merge:
        runs = []
        for path in args.merge:
            with open(path) as f:
                runs += json.load(f)["runs"]
    else:
        runs = measure(targets, args)
    titles = {name: spec["title"] for name, spec in {**known, **targets}.items()}
    medians = summary.summarise(runs, args.quietest)
    lines = summary.tables(medians, titles, args.ranges) + faults.table(runs, titles)
    print("\n".join(lines + (ratios.table(medians) if args.ratios else [])))
    if silent := [name for name in targets if name not in medians]:
        sys.exit(f"no figures for: {', '.join(silent)}")


if __name__ == "__main__":
    main()

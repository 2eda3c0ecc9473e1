"""One server under test with a mock upstream of its own: started, loaded, measured, restarted."""

import http.client
import json
import os
import subprocess
import threading
import time

from .machine import (MemorySampler, Process, cpu_s, free_port, healthy, machine_busy, own_cpu_s, pss_mb, request,
                      rss_mb, tree, wait_healthy)

BENCH = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BIN = os.path.join(BENCH, "target", "release")
INVOKE = {"path": "/invoke", "body": '{"question":"question {n}"}', "field": "answer"}
STREAM = {"path": "/stream", "body": '{"question":"question {n}"}', "format": "ndjson", "field": "chunk"}


class Peer:
    def __init__(self, name, spec, args, server_cpus):
        self.name, self.spec, self.args, self.server_cpus = name, spec, args, server_cpus
        self.health = spec.get("health", "/health")
        self.dialect = {"invoke": {**INVOKE, **spec.get("invoke", {})}, "stream": {**STREAM, **spec.get("stream", {})}}
        self.mock = self.server = None

    # ---- life

    def start(self):
        """Mock and server up and warm; what was seen of the start."""
        self._start_mock()
        facts = self._start_server()
        self._warm()
        return facts

    def stop(self):
        for p in (self.server, self.mock):
            if p:
                p.stop()
        self.server = self.mock = None

    def settle(self):
        """The server must be idle and answering before the next scenario, else all is restarted; True if it was."""
        end = time.monotonic() + 3
        while time.monotonic() < end:
            if self._upstream_idle() and healthy(self.port, self.health, timeout=0.5):
                return False
            time.sleep(0.1)
        self.stop()
        self.start()
        return True

    def _start_mock(self):
        self.mock_port = free_port()
        self.mock = Process([f"{BIN}/mock-upstream", "--port", str(self.mock_port), "--threads", "1"])
        wait_healthy(self.mock_port, "/health", self.mock, 10)

    def _start_server(self):
        if not self.spec.get("cmd"):
            self.port, facts = self.mock_port, {}
        else:
            self.port = free_port()
            busy, own = machine_busy()[0], own_cpu_s()
            self.server = Process([self._fill(c) for c in self.spec["cmd"]], self.server_cpus,
                                  env={k: self._fill(v) for k, v in self.spec.get("env", {}).items()},
                                  cwd=self._fill(self.spec["cwd"]) if "cwd" in self.spec else None,
                                  log=os.path.join(self.args.out, f"{self.name}.log"))
            wait_healthy(self.port, self.health, self.server, 60)
            wall, cpu = time.monotonic() - self.server.t0, cpu_s(self.pids())
            other = (machine_busy()[0] - busy - cpu - (own_cpu_s() - own)) / wall
            facts = {"cold_start_s": wall, "start_cpu_s": cpu, "other_cores": max(0.0, other)}
        time.sleep(0.5)
        pids = self.pids()
        self.idle_rss_mb = rss_mb(pids)
        return {**facts, "idle_rss_mb": self.idle_rss_mb, "idle_pss_mb": pss_mb(pids), "processes": len(pids)}

    def _warm(self):
        self.configure("tokens=20")
        self.load("invoke", "-c", 1, "--requests", 30, "--max-time", 20)
        self.load("stream", "-c", 1, "--requests", 5, "--max-time", 20)

    def _fill(self, s):
        for k, v in {"port": str(self.port), "mock": f"http://127.0.0.1:{self.mock_port}", "bench": BENCH,
                     "repo": os.path.dirname(BENCH), "venvs": os.path.abspath(self.args.venvs)}.items():
            s = s.replace("{" + k + "}", v)
        return s

    def pids(self):
        """The processes that are measured; for the direct target those are the mock's."""
        return tree((self.server or self.mock).pid)

    # ---- the mock

    def configure(self, behaviour):
        status, body = request(self.mock_port, "POST", "/config?fresh=1", behaviour)
        if status != 200:
            raise RuntimeError(f"mock: {body.decode()}")
        request(self.mock_port, "POST", "/reset")

    def upstream(self):
        """What the mock has counted since it was configured."""
        return json.loads(request(self.mock_port, "GET", "/stats")[1])

    def _upstream_idle(self):
        try:
            return self.upstream()["inflight"] == 0
        except (OSError, http.client.HTTPException):
            return False

    def wait_upstream_idle(self, limit_s):
        end = time.monotonic() + limit_s
        while time.monotonic() < end and not self._upstream_idle():
            time.sleep(0.01)

    # ---- load

    def load(self, kind, *options, tokens=20):
        """One run of the load generator; its JSON."""
        d = self.dialect[kind]
        cmd = [f"{BIN}/load", "--url", f"http://127.0.0.1:{self.port}{d['path']}", "--body", d["body"],
               "--field", d["field"], "--expect-tokens", tokens]
        if kind == "stream":
            cmd += ["--mode", "stream", "--format", d["format"], "--event", d.get("event", "")]
        r = subprocess.run([str(x) for x in [*cmd, *options]], check=False, capture_output=True, timeout=400)
        if r.returncode:
            raise RuntimeError(f"load: {r.stderr.decode()[-500:]}")
        return json.loads(r.stdout)

    def measure(self, behaviour, kind, *options, tokens=20, look_after_s=None):
        """A load run with the server's CPU and memory and the machine's other work around it."""
        self.configure(behaviour)
        quiet = self._wait_quiet()
        look, timer = {}, threading.Timer(look_after_s or 0, lambda: look.update(mid_rss_mb=rss_mb(self.pids())))
        memory = MemorySampler(self.pids()[0])
        memory.start()
        if look_after_s:
            timer.start()
        before = self._counters()
        r = self.load(kind, *options, tokens=tokens)
        after = self._counters()
        timer.cancel()
        used = {k: after[k] - before[k] for k in before}
        wall, elapsed = used["wall"], r["elapsed_s"]
        mock = used["mock"] if self.server else 0.0
        r.update(
            look,
            server_cpu_s=used["server"],
            server_cores=used["server"] / elapsed,
            harness_cores=(mock + r["load_cpu_s"]) / elapsed,
            other_cores=max(0.0, (used["busy"] - used["server"] - mock - used["own"]) / wall),
            steal=used["steal"] / wall,
            quiet_before=quiet,
            rss_peak_mb=memory.stop(),
            rss_idle_mb=self.idle_rss_mb,
            upstream=self.upstream(),
        )
        return r

    def _counters(self):
        busy, steal = machine_busy()
        return {"server": cpu_s(self.pids()), "mock": cpu_s([self.mock.pid]), "own": own_cpu_s(), "busy": busy,
                "steal": steal, "wall": time.monotonic()}

    def _wait_quiet(self):
        """Waits until other work on the machine is light; the cores it used last."""
        end = time.monotonic() + self.args.quiet_wait
        while True:
            before = self._counters()
            time.sleep(0.5)
            used = {k: v - before[k] for k, v in self._counters().items()}
            ours = used["server"] + used["own"] + (used["mock"] if self.server else 0.0)
            other = max(0.0, (used["busy"] - ours) / used["wall"])
            if other < self.args.quiet_below or time.monotonic() > end:
                return other

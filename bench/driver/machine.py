"""Starts and ends processes, and reads from /proc what they and the machine use."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import threading
import time

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def split_cpus():
    """(CPUs of the server, CPUs of the harness): the first one, and the others."""
    first, *others = sorted(os.sched_getaffinity(0))
    return ({first}, set(others)) if others else (None, None)


@contextlib.contextmanager
def on_cpus(cpus):
    """What is started inside runs on these CPUs (None: wherever this process may)."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _stat(pid):
    """The fields of /proc/PID/stat after the command's name."""
    with open(f"/proc/{pid}/stat") as f:
        return f.read().rsplit(")", 1)[1].split()


def tree(pid):
    """pid and its descendants, alive now."""
    children = {}
    for p in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            children.setdefault(int(_stat(p)[1]), []).append(int(p))
    out, todo = [], [pid]
    while todo:
        p = todo.pop()
        if os.path.exists(f"/proc/{p}"):
            out.append(p)
        todo += children.get(p, [])
    return out


def cpu_s(pids):
    """CPU seconds of these processes and of their children that ended."""
    ticks = 0
    for p in pids:
        with contextlib.suppress(OSError):
            ticks += sum(int(x) for x in _stat(p)[11:15])
    return ticks / TICK


def own_cpu_s():
    """CPU seconds of this process and of its children that ended (the load generators)."""
    return sum(os.times()[:4])


def rss_mb(pids):
    pages = 0
    for p in pids:
        with contextlib.suppress(OSError), open(f"/proc/{p}/statm") as f:
            pages += int(f.read().split()[1])
    return pages * PAGE / 1e6


def pss_mb(pids):
    kib = 0
    for p in pids:
        with contextlib.suppress(OSError), open(f"/proc/{p}/smaps_rollup") as f:
            kib += sum(int(line.split()[1]) for line in f if line.startswith("Pss:"))
    return kib * 1024 / 1e6


def machine_busy():
    """Seconds of CPU the whole machine spent busy (all cores), and stolen."""
    with open("/proc/stat") as f:
        user, nice, system, _, _, irq, softirq, steal = (int(x) for x in f.readline().split()[1:9])
    return (user + nice + system + irq + softirq) / TICK, steal / TICK


class MemorySampler(threading.Thread):
    """Keeps the highest resident memory of a process tree."""

    def __init__(self, pid, period=0.1):
        super().__init__(daemon=True)
        self.pid, self.period = pid, period
        self.peak_mb, self.done = 0.0, threading.Event()

    def run(self):
        pids, n = tree(self.pid), 0
        while not self.done.wait(self.period):
            n += 1
            if n % 20 == 0:
                pids = tree(self.pid)
            self.peak_mb = max(self.peak_mb, rss_mb(pids))

    def stop(self):
        self.done.set()
        self.join()
        return self.peak_mb or rss_mb(tree(self.pid))


class Process:
    """A child process with its descendants; ended with SIGTERM, after 3 s with SIGKILL."""

    def __init__(self, cmd, cpus=None, env=None, cwd=None, log=None):
        quiet = {"LANGSMITH_TRACING": "false", "LANGCHAIN_TRACING_V2": "false",
                 "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        self.t0 = time.monotonic()
        with on_cpus(cpus), open(log or os.devnull, "ab") as out:
            self.child = subprocess.Popen(cmd, env={**os.environ, **quiet, **(env or {})}, cwd=cwd,
                                          stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self.pid = self.child.pid

    def alive(self):
        return self.child.poll() is None

    def stop(self):
        pids = tree(self.pid) if self.alive() else []
        if pids:
            self.child.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(3)
        for p in pids:
            if p != self.pid or self.alive():
                with contextlib.suppress(OSError):
                    os.kill(p, signal.SIGKILL)
        self.child.wait()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def request(port, method, path, body=None, timeout=5.0):
    """(status, body) of one request to this machine."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)) as c:
        c.request(method, path, body=body, headers={"Content-Type": "application/json"} if body else {})
        r = c.getresponse()
        return r.status, r.read()


def healthy(port, path, timeout):
    try:
        return request(port, "GET", path, timeout=timeout)[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def wait_healthy(port, path, process, limit_s):
    end = time.monotonic() + limit_s
    while not healthy(port, path, timeout=2):
        if not process.alive():
            raise RuntimeError(f"server ended with {process.child.returncode} before it was healthy")
        if time.monotonic() > end:
            raise RuntimeError(f"no health answer in {limit_s} s")
        time.sleep(0.002)

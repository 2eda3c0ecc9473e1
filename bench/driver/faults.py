"""S7: what a client sees of each upstream fault; behaviour, not speed."""

import contextlib
import http.client
import time

LIMIT_S = 12
STREAM_ONLY = ["nodone", "errevent"]
FAULTS = ["500", "429,retry_after=1", "401", "503", "reset", "slow-headers,slow=1000", "cut", "stall", "garbage",
          *STREAM_ONLY, "500,times=1", "429,times=1,retry_after=1"]


def faults(p):
    """One request per fault; stream faults come after 4 of 10 tokens."""
    out = {}
    for fault in FAULTS:
        for kind in ("stream",) if fault in STREAM_ONLY else ("invoke", "stream"):
            p.configure(f"tokens=10,gap=5,fault={fault},after=4")
            start = time.monotonic()
            seen = _ask(p, kind, start + LIMIT_S)
            out[f"{kind} {fault}"] = {**seen, "s": time.monotonic() - start, "tries": p.upstream()["requests"]}
            p.settle()
    return out


def _ask(p, kind, until):
    d = p.dialect[kind]
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", p.port, timeout=LIMIT_S)) as c:
        try:
            c.request("POST", d["path"], d["body"].replace("{n}", "1"), {"Content-Type": "application/json"})
            r = c.getresponse()
        except TimeoutError:
            return {"status": None, "end": f"no answer in {LIMIT_S} s"}
        except (OSError, http.client.HTTPException) as e:
            return {"status": None, "end": type(e).__name__}
        end, body = _read(r, until)
        told = b'"error"' in body or b"event: error" in body
        return {"status": r.status, "end": end, "told": told, "tail": body[-400:].decode("utf-8", "replace")}


def _read(r, until):
    body = b""
    try:
        while data := r.read1(65536):
            body += data
            if time.monotonic() > until:
                return f"no end in {LIMIT_S} s", body
    except TimeoutError:
        return f"no end in {LIMIT_S} s", body
    except (http.client.HTTPException, OSError):
        return "connection cut", body
    return "", body


def _cell(seen):
    if "end" not in seen:
        return "–"
    tries = f"{seen['tries']} tries" if seen["tries"] != 1 else ""
    slow = f"{seen['s']:.1f} s" if 0.3 < seen["s"] < LIMIT_S else ""
    error = "error in the body" if seen["status"] == 200 and seen["told"] else ""
    return ", ".join(str(x) for x in (seen["status"], seen["end"], error, tries, slow) if x)


def table(runs, titles):
    """The S7 results of these runs as lines of Markdown; none if there are none."""
    seen = {r["target"]: r["scen"]["S7"] for r in runs if "failed" not in r["scen"].get("S7", {"failed": ""})}
    rows = list(dict.fromkeys(row for s in seen.values() for row in s if isinstance(s[row], dict)))
    if not rows:
        return []
    head = ["### S7 what the client sees of one upstream fault", "",
            "| fault | " + " | ".join(titles.get(t, t) for t in seen) + " |", "|---|" + "---|" * len(seen)]
    lines = [f"| {row} | " + " | ".join(_cell(s.get(row, {})) for s in seen.values()) + " |" for row in rows]
    return [*head, *lines, ""]

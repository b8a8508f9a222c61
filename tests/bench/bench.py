#!/usr/bin/env python3
"""The bridge's speed, each figure against what a user would do instead, in
the same run and interleaved. Prints a table; writes docs/bench/NAME.json.

    bench.py [NAME...]      way, record, flushes, memory
"""

import json
import os
import pathlib
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "daemon"))
sys.path.insert(0, str(ROOT / "tests" / "bench"))

from bridge import Bridge, PROGRAM  # noqa: E402
from quick_server import QuickServer  # noqa: E402

FULL = os.environ.get("FULL") == "1"
LINES = "".join(f"    # line {i} of a module of a usual size\n"
                for i in range(60))


def module_text(number):
    """About 3 KB, another size each time, so that nothing has to wait."""
    return f"x = {number}\n" + LINES + "#" * (number % 997) + "\n"


class Place:
    """A private folder with a bridge, and a server that answers at once."""

    def __init__(self, start=True):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hotbridge-bench-"))
        self.server = QuickServer(self.folder / "env" / "server1")
        self.bridge = Bridge(self.folder / "home")
        self.bridge.add_target("dev", [self.server.folder], onSave="always",
                               onConflict="overwrite")
        self.client = None
        if start:
            self.begin()

    def begin(self):
        self.bridge.start()
        self.client = self.bridge.client()

    def deploy(self, number, name="bench.py"):
        """One deploy; gives when it was sent, when its file was closed, when
        the answer came, and the Deploy."""
        text = module_text(number)
        sent = time.perf_counter()
        answer = self.client.deploy(name, text)
        done = time.perf_counter()
        assert answer["outcome"] == "deployed", answer
        self.client.changes.clear()
        self.client.notes.clear()
        return sent, self.server.when_closed(name), done, answer

    def end(self):
        if self.client is not None:
            self.client.close()
        if self.bridge.process is not None:
            # The daemon itself: a tracer around it ends with it.
            os.kill(self.bridge.info()["pid"], signal.SIGTERM)
            self.bridge.process.wait(60)
            self.bridge.process = None
        shutil.rmtree(self.folder)


def summary(ours, rival, unit, aim):
    ratios = [a / b for a, b in zip(ours, rival)]
    return {"ours": spread(ours), "rival": spread(rival), "unit": unit,
            "ratio": round(statistics.median(ours) / statistics.median(rival),
                           3),
            "ratio_spread": spread(ratios), "aim": aim, "runs": len(ours)}


def spread(values):
    return {"min": round(min(values), 4),
            "median": round(statistics.median(values), 4),
            "max": round(max(values), 4)}


def bench_way(rounds):
    """client sends -> file closed in the pickup directory, with the attempt
    durable, against a spawned cp of the same file"""
    place = Place()
    source = place.folder / "source.py"
    ours, rival = [], []
    for number in range(rounds + 5):
        source.write_text(module_text(number + 1))
        sent, closed, _, _ = place.deploy(number)
        begun = time.perf_counter()
        subprocess.run(["cp", source, place.folder / "copied.py"], check=True)
        copied = time.perf_counter()
        if number >= 5:  # the first ones warm both up
            ours.append((closed - sent) * 1000)
            rival.append((copied - begun) * 1000)
    place.end()
    return summary(ours, rival, "ms", 1.25)


def bench_record(rounds):
    """attempt, write and outcome together, against git add && git commit &&
    cp in a repository of the user's own"""
    place = Place()
    repository = place.folder / "repository"
    environment = place.bridge.environment
    subprocess.run(["git", "init", "-q", repository], check=True,
                   env=environment)
    script = "git add bench.py && git commit -q -m save && cp bench.py \"$0\""
    ours, rival = [], []
    for number in range(rounds + 5):
        sent, _, done, answer = place.deploy(number)
        timings = answer["timings"]
        waited = timings["confirmed"] - timings["delivered"]
        (repository / "bench.py").write_text(module_text(number))
        begun = time.perf_counter()
        subprocess.run(["sh", "-c", script, place.folder / "copied.py"],
                       cwd=repository, check=True, env=environment)
        ended = time.perf_counter()
        if number >= 5:
            ours.append((done - sent - waited) * 1000)
            rival.append((ended - begun) * 1000)
    place.end()
    return summary(ours, rival, "ms", 0.30)


def bench_flushes(rounds):
    """flushes for one deploy, counted by strace; syncfs and sync too"""
    place = Place(start=False)
    trace = place.folder / "trace"
    wrapper = place.folder / "traced"
    wrapper.write_text(
        "#!/bin/sh\nexec strace -f -qq -o '%s' -e trace=fsync,fdatasync,"
        "syncfs,sync,msync '%s' \"$@\"\n" % (trace, PROGRAM))
    wrapper.chmod(0o755)
    import bridge as harness
    harness.PROGRAM = str(wrapper)
    place.begin()
    harness.PROGRAM = PROGRAM
    place.deploy(0)
    before = trace.read_text().splitlines()
    for number in range(1, rounds + 1):
        place.deploy(number)
    # The last outcome is durable before its answer, so the trace has it all.
    calls = trace.read_text().splitlines()[len(before):]
    calls = [line for line in calls if "(" in line]
    count = sum("fsync(" in line or "fdatasync(" in line or "msync(" in line
                for line in calls)
    whole = sum(" syncfs(" in line or " sync(" in line for line in calls)
    place.end()
    return {"flushes_a_deploy": count / rounds, "syncfs": whole, "aim": 2,
            "runs": rounds}


def resident(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


def bench_memory(_):
    """resident memory after 3,000 deploys, against after 1,000"""
    first, last = (10000, 30000) if FULL else (1000, 3000)
    place = Place()
    pid = place.bridge.process.pid
    sizes = {}
    for number in range(1, last + 1):
        place.deploy(number, f"bench_{number % 7}.py")
        if number in (first, last):
            sizes[number] = resident(pid)
    place.end()
    return {"after": {str(k): v for k, v in sizes.items()}, "unit": "KiB",
            "ratio": round(sizes[last] / sizes[first], 3), "aim": 1.1}


BENCHES = {"way": bench_way, "record": bench_record, "flushes": bench_flushes,
           "memory": bench_memory}


def machine():
    model = "unknown processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    kind = subprocess.run(["stat", "-f", "-c", "%T", tempfile.gettempdir()],
                          capture_output=True, text=True, check=False)
    return (f"{os.cpu_count()} x {model}, {platform.system()} "
            f"{platform.release().split('-')[0]}, {kind.stdout.strip()}")


def main(names):
    rounds = 200 if FULL else 60
    where = machine()
    folder = ROOT / "docs" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    print(f"machine: {where}")
    missed = 0
    for name in names or BENCHES:
        result = BENCHES[name](rounds)
        result["what"] = " ".join(BENCHES[name].__doc__.split())
        result["machine"] = where
        figure = result.get("ratio", result.get("flushes_a_deploy"))
        reached = figure <= result["aim"] and not result.get("syncfs")
        result["reached"] = reached
        missed += not reached
        (folder / f"{name}.json").write_text(
            json.dumps(result, indent=2, sort_keys=True) + "\n")
        detail = ""
        if "ours" in result:
            detail = (f"  ({result['ours']['median']} against "
                      f"{result['rival']['median']} {result['unit']})")
        print(f"{name:8} {figure:7.2f}  aim {result['aim']:5.2f}  "
              f"{'reached' if reached else 'MISSED'}{detail}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

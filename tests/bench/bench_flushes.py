"""Flushes for one deploy, counted by strace, and whether any is of the whole
file system."""

import pathlib
import re
import tempfile

from figures import value
from place import Place

ORDER = 3
FLUSHES = ("fsync", "fdatasync", "msync")
WHOLE = ("sync", "syncfs")


def count(lines, names):
    pattern = re.compile(r"^\d+ +(" + "|".join(names) + r")\(")
    return sum(bool(pattern.match(line)) for line in lines)


def bench_flushes(rounds):
    with tempfile.TemporaryDirectory(prefix="hotbridge-bench-") as folder:
        trace = pathlib.Path(folder) / "trace"
        wrapper = ("strace", "-f", "-qq", "-o", str(trace), "-e",
                   "trace=" + ",".join(FLUSHES + WHOLE))
        with Place(wrapper=wrapper) as place:
            place.deploy(0)
            before = len(trace.read_text().splitlines())
            for number in range(1, rounds + 1):
                place.deploy(number)
            # The last outcome is durable before its answer, so the trace has
            # all of them.
            lines = trace.read_text().splitlines()[before:]
    return [
        value("", count(lines, FLUSHES) / rounds, aim=2, exact=True,
              runs=rounds, what="flushes (fsync, fdatasync, msync) for one "
              "deploy"),
        value("whole disk", count(lines, WHOLE), aim=0, exact=True,
              runs=rounds, what="syncs of a whole file system (sync, syncfs) "
              "in all of them"),
    ]

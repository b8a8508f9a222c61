"""Recording a deploy while another program writes and flushes on the same
disk, against the same while it rests."""

import contextlib
import subprocess
import sys

from figures import compare
from place import Place, WARM_UP

ORDER = 3.5
# One file, written over and over: it takes no more room than this.
WRITER = """
import os, sys
block = os.urandom(256 * 1024)
descriptor = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT, 0o600)
print("ready", flush=True)
while True:
    for part in range(8):
        os.pwrite(descriptor, block, part * len(block))
        os.fsync(descriptor)
"""
BLOCK = 10


@contextlib.contextmanager
def busy_disk(path):
    writer = subprocess.Popen([sys.executable, "-c", WRITER, path],
                              stdout=subprocess.PIPE)
    try:
        writer.stdout.readline()
        yield
    finally:
        writer.kill()
        writer.wait()
        writer.stdout.close()


def bench_busy(rounds):
    idle, busy = [], []
    with Place() as place:
        numbers = iter(range(10 ** 9))

        def run(count, times):
            for _ in range(count):
                times.append(place.deploy(next(numbers)).recording * 1000)

        run(WARM_UP, [])
        for _ in range(max(1, rounds // BLOCK)):
            run(BLOCK, idle)
            with busy_disk(str(place.folder / "written")):
                run(BLOCK, busy)
    return compare("", busy, idle, "ms", aim=3,
                   what="recording while another program writes and flushes "
                   "on the same disk, against the same at rest")

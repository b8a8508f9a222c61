"""strace on one thread of a running bridge: what it calls, and what happens
to it at the k-th call of a kind.

Counting is per thread and per system call. A bridge with one worker thread
(UV_THREADPOOL_SIZE=1) does the same deploy with the same calls, so that a
point found in one run is there in the next. Only existing threads are traced:
the counts hold no call of a child process.
"""

import contextlib
import dataclasses
import os
import pathlib
import re
import subprocess
import tempfile

from bridge import PATIENCE, wait_until

# Calls that change something on a disk, or end a change.
CHANGING = ("open", "openat", "openat2", "write", "pwrite64", "fsync",
            "fdatasync", "sync_file_range", "rename", "renameat2", "link",
            "unlink", "unlinkat", "mkdir", "mkdirat", "utimensat", "fchmod",
            "fchown", "ftruncate", "close")
# Calls that only look.
LOOKING = ("newfstatat", "read", "pread64", "readlink", "access",
           "faccessat2", "getdents64", "statfs", "lseek")
# Calls that a thread without work waits in.
WAITING = ("futex", "epoll_wait", "epoll_pwait")
LINE = re.compile(r"^(?:\d+ +)?(?P<call>\w+)\((?P<rest>.*)$")
OF_A_FILE = re.compile(r'<(/[^>]*)>|"(/[^"]*)"')


@dataclasses.dataclass(frozen=True)
class Point:
    """The k-th call of a kind in a thread ("loop" or "worker")."""

    thread: str
    call: str
    number: int
    changing: bool

    def __str__(self):
        return f"{self.call} {self.number} of the {self.thread}"


def thread_id(bridge, thread):
    pid = bridge.process.pid
    others = sorted(int(name) for name in os.listdir(f"/proc/{pid}/task")
                    if int(name) != pid)
    assert len(others) == 1, f"{len(others)} threads beside the loop"
    return pid if thread == "loop" else others[0]


@contextlib.contextmanager
def attached(bridge, thread, calls, *options, output=None):
    """strace is attached within, and sees every call; gives nothing."""
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(output or pathlib.Path(folder, "trace"))
        output.unlink(missing_ok=True)
        process = subprocess.Popen(
            ["strace", "-y", "-s", "0", "-o", output, "-e",
             "trace=" + ",".join([*calls, *WAITING]), *options, "-p",
             str(thread_id(bridge, thread))],
            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        try:
            # What the thread waits in is begun anew once it is traced.
            wait_until(lambda: process.poll() is not None or (
                output.exists() and output.stat().st_size > 0), "strace")
            assert process.poll() is None, process.stderr.read()
            yield
        finally:
            process.terminate()
            process.wait(PATIENCE)
            process.stderr.close()


def of_a_file(line):
    """Does the call speak of a plain file or folder? Pipes, sockets and what
    wakes the loop are no files, and libuv may rely on them."""
    return not re.search(r"<(anon_inode|pipe|socket|/dev|/proc)", line) and (
        OF_A_FILE.search(line) is not None)


def is_changing(call, line):
    if call not in CHANGING:
        return False
    if call.startswith("open"):
        return "O_CREAT" in line or "O_WRONLY" in line or "O_RDWR" in line
    return True


def read_points(path, thread):
    """The points of a trace that speak of files."""
    counts = {}
    points = []
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            match = LINE.match(line)
            if not match:
                continue
            call = match["call"]
            counts[call] = counts.get(call, 0) + 1
            if of_a_file(line):
                points.append(Point(thread, call, counts[call],
                                    is_changing(call, line)))
    return points


def points_of(bridge, action, folder, calls=CHANGING + LOOKING):
    """Does it once for each thread, and gives every point on its way."""
    points = []
    for thread in ("worker", "loop"):
        output = folder / f"trace-{thread}"
        with attached(bridge, thread, calls, output=output):
            action()
        points += read_points(output, thread)
    return points


def killed_at(bridge, point):
    """The bridge is killed when it begins that call."""
    return attached(bridge, point.thread, [point.call], "-e",
                    f"inject={point.call}:signal=KILL:when={point.number}")


def failing_at(bridge, point, error, lasting, output):
    """That call fails, and those of its kind behind it if it is lasting."""
    when = f"{point.number}{'+' if lasting else ''}"
    return attached(bridge, point.thread, [point.call], "-e",
                    f"inject={point.call}:error={error}:when={when}",
                    output=output)

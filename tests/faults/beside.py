"""Which tests run beside each other (pytest-xdist), and in which order.

Most of them wait: for a deadline, a restart, a disk. Each runs wherever there
is room, but those of TOGETHER, which build on one another. What measures time
or a processor runs alone, last.
"""

import contextlib
import fcntl
import os

from xdist.scheduler import LoadScopeScheduling

import figures

# They share what the first of them has made, or end with the figure of all.
TOGETHER = ("test_heal", "test_outside")
ALONE = ("test_stuck.py", "test_clients.py", "test_descriptors.py",
         "test_clock.py::test_silence", "test_clock.py::test_a_deadline")
# The longest begin first, so that none is left for the end.
LONGEST = ("test_logs.py::test_the_verdict", "test_heal",
           "test_soak.py::test_many", "test_lasting.py::test_calls",
           "test_memory.py", "test_kill.py::test_killed", "test_faults.py",
           "test_power.py")


def is_worker():
    return "PYTEST_XDIST_WORKER" in os.environ


def is_alone(nodeid):
    return any(name in nodeid for name in ALONE)


def turn(nodeid):
    for number, name in enumerate(LONGEST):
        if name in nodeid:
            return number
    return len(LONGEST) + is_alone(nodeid)


class Scheduler(LoadScopeScheduling):
    """What has the same scope runs in one worker, one after the other."""

    def _split_scope(self, nodeid):
        if is_alone(nodeid):
            return "alone"
        file = nodeid.split("::")[0]
        return file if any(name in file for name in TOGETHER) else nodeid


@contextlib.contextmanager
def room_for(nodeid):
    """Waits until nobody runs whom this one would disturb."""
    if not is_worker():
        yield
        return
    path = figures.OUT.parent / "beside.lock"
    path.parent.mkdir(exist_ok=True)
    with open(path, "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if is_alone(nodeid) else fcntl.LOCK_SH)
        yield

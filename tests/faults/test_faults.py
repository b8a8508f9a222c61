"""Faults tell the truth: each system call of a deploy fails, once and
lastingly, and the bridge runs out of descriptors. Disks: test_disks.py."""

import contextlib
import os
import random
import resource

import pytest

import figures
import planted
import traced
from fault_trials import Trials

ERRORS = ("ENOSPC", "EIO", "EROFS", "EMFILE", "EINTR")
# A call that can run out of descriptors.
OPENING = ("open", "openat", "openat2")
# Calls that a signal can interrupt.
SLOW = (*OPENING, "write", "read", "pread64", "fsync")
# A signal that comes again and again holds a call up until it stops.
SIGNALS_LAST = 0.5
SEED = 20261126
# Never left out: a pickup directory that cannot be opened for a moment was
# taken for an empty one, and a file that could not be touched for one that is
# not there.
ALWAYS = ("openat2", "EMFILE", False)


def may_fail(point, error, lasting):
    """Would the system ever say that there?"""
    if point.call == "close":
        return False  # strace would keep it open: a leak that no disk makes
    if lasting and point.call in ("write", "read"):
        # What wakes the loop is written and read too, and never fails.
        return False
    if error == "EMFILE":
        return point.call in OPENING
    if error in ("ENOSPC", "EROFS"):
        return point.changing and point.call != "fchown"
    return error != "EINTR" or point.call in SLOW


def points_of(trials):
    """Every call of a module's first deploy and of a later one."""
    found = []
    for module in ("first.py", "crm.py"):
        turn = iter((module, "second.py" if module == "first.py" else module))
        found += traced.points_of(
            trials.bridge, lambda: trials.deploy(next(turn)), trials.folder)
    return sorted(set(found), key=lambda point: (
        point.thread, point.call, point.number, point.changing))


def chosen(points, most):
    tries = [(point, error, lasting) for point in points for error in ERRORS
             for lasting in (False, True) if may_fail(point, error, lasting)]
    if most is None or len(tries) <= most:
        return tries
    dice = random.Random(SEED)
    kinds = {}
    for one in tries:
        kinds.setdefault((one[0].call, one[0].changing), []).append(one)
    picked = [one for one in tries
              if (one[0].call, *one[1:]) == ALWAYS]
    picked += [dice.choice(some) for some in kinds.values()]
    rest = [one for one in tries if one not in picked]
    return picked + dice.sample(rest, max(0, most - len(picked)))


@contextlib.contextmanager
def failing(trials, point, error, lasting):
    """Gives a function that tells what was traced."""
    output = trials.folder / "fault"
    with traced.failing_at(trials.bridge, point, error, lasting, output):
        yield lambda: output.read_text(errors="replace")


def fail(trials, point, error, lasting):
    """Gives whether a call has failed that speaks of a file."""
    where = f"{error} {'from' if lasting else 'at'} {point}"
    wrong = len(trials.wrong)
    trace = trials.trial(
        failing(trials, point, error, lasting), where,
        **{"lasts": SIGNALS_LAST} if error == "EINTR" and lasting else {})
    hit = [line for line in trace.splitlines() if "INJECTED" in line]
    if any(not traced.of_a_file(line) for line in hit):
        # It was no file that failed: no system does that.
        del trials.wrong[wrong:]
        trials.anew()
        return False
    for one in trials.wrong[wrong:]:
        print(one, flush=True)
    return bool(hit)


def test_calls_of_a_deploy_fail(tmp_path):
    with Trials(tmp_path) as trials:
        trials.deploy("crm.py")
        tries = chosen(points_of(trials), figures.size(45, None))
        hit = sum(fail(trials, *one) for one in tries)
        trials.check_history()
        figures.tell(
            "faults", f"{hit} faults of a system call: {trials.told()}",
            "0 of each, well again after 5 s", not trials.wrong and
            hit >= figures.size(30, 500), wrong=trials.wrong)


@contextlib.contextmanager
def descriptors_left(trials, count):
    """The bridge may open so many more."""
    pid = trials.bridge.process.pid
    taken = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    free = [number for number in range(max(taken) + 2 + count)
            if number not in taken]
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (free[count], before[1]))
    try:
        yield None
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


def test_descriptors_run_out(tmp_path):
    with Trials(tmp_path) as trials:
        trials.deploy("crm.py")
        for left in range(0, 20, figures.size(3, 1)):
            trials.trial(descriptors_left(trials, left),
                         f"{left} descriptors left")
        trials.check_history()
        print("\n".join(trials.wrong))
        figures.tell(
            "faults-descriptors", f"{trials.tried} times too few: "
            f"{trials.told()}", "0 of each, well again after 5 s",
            not trials.wrong, wrong=trials.wrong)


@pytest.mark.parametrize("defect, word, call, error", [
    ("flush-error-swallowed", "recorded, but never flushed", "fdatasync", "EIO"),
    ("write-error-swallowed", "torn", "write", "ENOSPC"),
])
def test_a_defect_is_noticed(tmp_path, defect, word, call, error):
    with planted.defect(defect), Trials(tmp_path) as trials:
        trials.deploy("crm.py")
        points = [point for point in points_of(trials)
                  if point.call == call and point.changing]
        for point in points * 2:
            fail(trials, point, error, False)
            if trials.count(word):
                return
        raise AssertionError(f"not noticed; only: {trials.wrong}")

"""Programs with a planted defect (tests/planted)."""

import contextlib
import fcntl
import functools
import os
import pathlib
import subprocess
import uuid

import bridge as harness

BUILD = pathlib.Path(__file__).resolve().parents[1] / "planted" / "build"
ROOT = BUILD.parents[2]
# The same in all workers of a run (beside.py).
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex


def made(what, command):
    """What the command says, which is run once in each run; meanwhile whoever
    wants the same waits."""
    stamp = ROOT / "build" / "planted" / f"{what}.made"
    stamp.parent.mkdir(parents=True, exist_ok=True)
    with open(stamp, "a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        run, _, said = file.read().partition("\n")
        if run != RUN:
            done = subprocess.run(command, capture_output=True, text=True,
                                  check=False, timeout=600)
            assert done.returncode == 0, done.stdout + done.stderr
            said = done.stdout.strip()
            file.truncate(0)
            file.write(f"{RUN}\n{said}")
        return said


@functools.cache
def build(name):
    """The program with that defect, or as another version: version-NUMBER."""
    return made(name, [BUILD, name])


@contextlib.contextmanager
def running(program):
    """Every bridge that starts inside runs that program."""
    before = harness.PROGRAM
    harness.PROGRAM = program
    try:
        yield
    finally:
        harness.PROGRAM = before


def defect(name):
    """Every bridge that starts inside runs the program with that defect."""
    return running(build(name))


SANITIZERS = "address,undefined"
SANITIZED = ROOT / "build" / SANITIZERS.replace(",", "-")


@functools.cache
def build_sanitized(name=None):
    """The program under the sanitizers, with that defect or without one."""
    made("sanitized", ["make", "-s", "-j2", "-C", ROOT, "SAN=" + SANITIZERS,
                       "T=", "all"])
    if name is None:
        return str(SANITIZED / "hotbridge")
    return made(name + "-sanitized",  # from what was built just now
                [BUILD, name, SANITIZED.name, "SAN=" + SANITIZERS,
                 "all"]) + "/hotbridge"


def sanitized(name=None):
    """Every bridge that starts inside runs under the sanitizers."""
    return running(build_sanitized(name))


@functools.cache
def part(goal, name=None):
    """A program of the tests, linked with the bridge, with that defect or
    without one."""
    place = ROOT if name is None else pathlib.Path(build(name)).parents[1]
    made(f"{name or 'sound'}-{pathlib.Path(goal).name}",
         ["make", "-s", "-C", place, "BUILD=build", "SAN=", "T=", goal])
    return str(place / goal)

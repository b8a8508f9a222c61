"""Programs with a planted defect (tests/planted)."""

import contextlib
import functools
import pathlib
import subprocess

import bridge as harness

BUILD = pathlib.Path(__file__).resolve().parents[1] / "planted" / "build"


@functools.cache
def build(name):
    """The program with that defect, or as another version: version-NUMBER."""
    done = subprocess.run([BUILD, name], capture_output=True, text=True,
                          check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


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
SANITIZED = BUILD.parents[2] / "build" / SANITIZERS.replace(",", "-")


@functools.cache
def build_sanitized(name=None):
    """The program under the sanitizers, with that defect or without one."""
    if name is None:
        command = ["make", "-s", "-j2", "-C", BUILD.parents[2],
                   "SAN=" + SANITIZERS, "T=", "all"]
    else:
        command = [BUILD, name, SANITIZED.name, "SAN=" + SANITIZERS, "all"]
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = pathlib.Path(done.stdout.strip()) if name else SANITIZED
    return str(folder / "hotbridge")


def sanitized(name=None):
    """Every bridge that starts inside runs under the sanitizers."""
    return running(build_sanitized(name))


@functools.cache
def part(goal, name=None):
    """A program of the tests, linked with the bridge, with that defect or
    without one."""
    root = BUILD.parents[2]
    if name is None:
        place = root
        command = ["make", "-s", "-C", root, "BUILD=build", "SAN=", "T=", goal]
    else:
        place = pathlib.Path(build(name)).parents[1]
        command = ["make", "-s", "-C", place, "BUILD=build", "SAN=", "T=",
                   goal]
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return str(place / goal)

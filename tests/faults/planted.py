"""Programs with a planted defect (tests/planted)."""

import contextlib
import functools
import pathlib
import subprocess

import bridge as harness

BUILD = pathlib.Path(__file__).resolve().parents[1] / "planted" / "build"


@functools.cache
def build(name):
    done = subprocess.run([BUILD, name], capture_output=True, text=True,
                          check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextlib.contextmanager
def defect(name):
    """Every bridge that starts inside runs the program with that defect."""
    program = harness.PROGRAM
    harness.PROGRAM = build(name)
    try:
        yield
    finally:
        harness.PROGRAM = program

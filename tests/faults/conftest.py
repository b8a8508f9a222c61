"""Fixtures of the suites that break things, and the figures at their end."""

import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
for name in ("demo", "bench", "daemon", "faults"):
    sys.path.insert(0, str(TESTS / name))

import figures  # noqa: E402
from bridge import Bridge  # noqa: E402

import pytest  # noqa: E402


@pytest.fixture
def bridge(tmp_path):
    """A bridge that is not started yet."""
    with Bridge(tmp_path / "home") as one:
        yield one


def pytest_terminal_summary(terminalreporter):
    if not figures.told:
        return
    terminalreporter.section("figures")
    for line in figures.told:
        terminalreporter.write_line(
            f"{line['name']:12} {'reached' if line['reached'] else 'MISSED'}  "
            f"{line['figure']}  (aim: {line['aim']})")

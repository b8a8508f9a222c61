"""Fixtures of the suites that break things, what runs beside what, and the
figures at their end."""

import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
for name in ("demo", "bench", "daemon", "faults"):
    sys.path.insert(0, str(TESTS / name))

import beside  # noqa: E402
import figures  # noqa: E402
from bridge import Bridge  # noqa: E402

import pytest  # noqa: E402


@pytest.fixture
def bridge(tmp_path):
    """A bridge that is not started yet."""
    with Bridge(tmp_path / "home") as one:
        yield one


def pytest_collection_modifyitems(items):
    if beside.is_worker():
        items.sort(key=lambda item: beside.turn(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return beside.Scheduler(config, log)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    with beside.room_for(item.nodeid):
        yield


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    # With the report, a figure comes to where all are printed.
    item.user_properties += [("figure", line) for line in figures.told]
    figures.told.clear()
    yield


# One of each report that came, wherever it was measured.
figures_of_all = []


def pytest_runtest_logreport(report):
    if report.when == "call":
        figures_of_all.extend(line for name, line in report.user_properties
                              if name == "figure")


def pytest_terminal_summary(terminalreporter):
    if not figures_of_all:
        return
    terminalreporter.section("figures")
    for line in sorted(figures_of_all, key=lambda line: line["name"]):
        terminalreporter.write_line(
            f"{line['name']:12} {'reached' if line['reached'] else 'MISSED'}  "
            f"{line['figure']}  (aim: {line['aim']})")

"""Many deploys, and the bridge is as it was: its memory, its descriptors, its
children. It packs its history beside them and is none the worse."""

import contextlib
import os
import pathlib

import pytest

import figures
import planted
from bridge import wait_until
from grow import Grown, resident

# After the first ones caches and pools have their size, and the index a file.
WARM_UP = figures.size(1600, 10000)
ALL = figures.size(2600, 100000)
# What is allowed to be more at the end.
KIB = 1024
# A quiet half minute, the check, the repack: it takes the processor last.
PACKED = figures.size(300, 3000)


def children(pid):
    # The daemon's own thread has them all, whichever thread began them.
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        found += (task / "children").read_text().split()
    return len(found)


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def loose_objects(history):
    return sum(len(os.listdir(folder)) for folder in
               history.glob("objects/[0-9a-f][0-9a-f]"))


def settle(grown, kept=None):
    """What it has, when as many children run as at first: the one that checks
    syntax stays, the one that looks after the history ends."""
    if kept is None:
        wait_until(lambda: "the history is whole" in
                   grown.bridge.log.read_text(), "the first check", 60)
        kept = 1
    with contextlib.suppress(AssertionError):  # told with the figure
        wait_until(lambda: children(grown.pid) <= kept, "children to end", 60)
    return {"resident": resident(grown.pid),
            "descriptors": descriptors(grown.pid),
            "children": children(grown.pid)}


def soak(grown, warm_up, upto):
    grown.deploy_until(warm_up)
    before = settle(grown)
    grown.deploy_until(upto)
    return before, settle(grown, before["children"])


def is_steady(before, after):
    return (after["resident"] - before["resident"] <= KIB and
            after["descriptors"] <= before["descriptors"] and
            after["children"] <= before["children"])


def test_many_deploys_leave_the_bridge_as_it_was():
    with Grown() as grown:
        before, after = soak(grown, WARM_UP, ALL)
        history = grown.bridge.history
        assert loose_objects(history) > 0
        log = grown.bridge.log
        wait_until(lambda: "the history was packed" in log.read_text(),
                   "packing when nobody deploys", PACKED)
        # All of it, in one pack, and the folders are there for the next.
        assert len(list(history.glob("objects/pack/*.pack"))) == 1
        assert loose_objects(history) == 0
        wait_until(lambda: len(list(
            history.glob("objects/[0-9a-f][0-9a-f]"))) == 256,
            "the folders of loose objects", 30)
        grown.connect_again()
        grown.deploy_until(ALL + 50)
        packed = settle(grown, before["children"])
        # The pack and its index, once read, stay open.
        packed["descriptors"] -= len(list(history.glob("objects/pack/*.pack")))
        steady = is_steady(before, after) and packed["descriptors"] <= (
            before["descriptors"])
        figures.tell(
            "soak", f"{ALL:,} deploys: resident memory "
            f"{after['resident'] - before['resident']:+d} KiB since "
            f"{WARM_UP:,}, descriptors "
            f"{after['descriptors'] - before['descriptors']:+d}, children "
            f"{after['children'] - before['children']:+d}; packed beside it",
            aim="memory at most 1 MiB more, descriptors and children as "
            "before", reached=steady, before=before, after=after,
            packed=packed)


@pytest.mark.parametrize("defect, leaks, most", [
    ("leak-memory", "resident", KIB), ("leak-descriptor", "descriptors", 0)])
def test_the_soak_notices(defect, leaks, most):
    with planted.defect(defect), Grown() as grown:
        before, after = soak(grown, 50, 250)
        assert after[leaks] - before[leaks] > most, (before, after)
        assert not is_steady(before, after)

"""A loss of power loses nothing, on real file systems.

Deploys are made on a disk that notes each write and each flush (power_disk.py);
then, for many a moment, the file system is mounted as a loss of power would
have left it, and a bridge is started on it.
"""

import bisect
import contextlib
import os
import pathlib
import random
import shutil
import tempfile
import threading

import pytest

import figures
import planted
import power
from bridge import Client
from power_disk import (KINDS, Disk, Log, mounted, needed, private_mounts,
                        run)

SEED = 20270115


class Listener(Client):
    """Notes how far the disk was when it heard of a deploy."""

    def __init__(self, info, disk, told):
        self.disk = disk
        self.told = told
        super().__init__(info)

    def receive(self, *arguments):
        message = super().receive(*arguments)
        deploy = message.get("params", {}).get("deploy") or (
            message.get("result", {}))
        if "state" in deploy:
            self.told.append((self.disk.now(), deploy["id"], deploy["state"],
                              deploy))
        return message


@contextlib.contextmanager
def neighbour(folder):
    """Another program that writes and flushes all the time: the file system
    commits at any moment."""
    end = threading.Event()

    def work():
        with open(folder / "neighbour", "wb", buffering=0) as file:
            while not end.wait(random.random() / 100):
                file.write(b"x" * 100)
                os.fsync(file.fileno())
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


# As the bridge packs (bridge/history/upkeep.c).
PACKING = ("-c", "pack.threads=1", "-c", "core.fsync=committed", "repack", "-d",
           "-q", "--geometric=2", "--no-write-bitmap-index")


class Recording(power.Deploys):
    """Deploys on that disk, first alone on it, then not, and with a history
    that is packed in between. A place is one in the disk's log."""

    def __init__(self, disk, folder, seed):
        with disk.recorded(folder, seed):
            world = power.PowerWorld(folder)
            super().__init__(world)
            run("sync", "-f", folder)
            self.begin = disk.now()
            world.bridge.start()
            world.client = Listener(world.bridge.info(), disk, self.told)
            self.of_every_kind()
            self.settled()
            with neighbour(folder):
                self.of_every_kind()
                world.bridge.git(*PACKING)
                self.of_every_kind()
            world.leave()
            assert world.bridge.stop() == 0
            world.server.end()
            self.end = disk.now()
        self.log = Log(disk)

    def words(self):
        """Where a client had just been told something."""
        places = self.log.places
        return [places[bisect.bisect_left(places, at)]
                for at, deploy_id, _, _ in self.told if deploy_id in self.saves]

    def flushes(self):
        """Where a flush had just ended: between two of them the disk is the
        same, if nothing is left of what was not flushed."""
        return [one for one in self.log.flushed
                if self.begin <= one <= self.end]


def states_of(recording, words, others):
    """(place, how): so many where somebody was just told, with nothing left
    of what was not flushed; others anywhere, with anything left of it."""
    dice = random.Random(SEED)

    def some(places, most):
        return dice.sample(places, min(most, len(places)))
    anywhere = [one for one in recording.log.places
                if recording.begin <= one <= recording.end]
    states = [(one, "none") for one in some(recording.words(), words) +
              some(recording.flushes(), others)]
    for how in ("some", "torn", "all"):
        states += [(one, how) for one in some(anywhere, others)]
    return list(dict.fromkeys(states))


def try_state(after, disk, place, how):
    where = f"{how} at {place}"
    image = disk.place / "state"
    after.deploys.log.state(place, how, SEED, image)
    try:
        with mounted(disk.kind, image, after.folder):
            # They are in memory, or written by hand long ago.
            for name in ("runtime_dir", "config_home"):
                shutil.rmtree(after.folder / "home" / name)
            after.try_one(after.world(), place, where)
    except AssertionError as error:
        after.wrong.append(f"the file system: {error}, {where}")
        return
    damage = disk.checked(image)
    if damage:
        after.wrong.append(f"the file system: {damage}, {where}")


@contextlib.contextmanager
def disk_of(name):
    """(the disk, where it is mounted)"""
    kind = KINDS[name]
    missing = needed(kind)
    if missing:
        pytest.skip(missing)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as place, \
            private_mounts():
        place = pathlib.Path(place)
        yield Disk(kind, place), place / "disk"


@pytest.mark.parametrize("name", [
    name for name in KINDS if figures.FULL or name != "ext4-dioread-lock"])
def test_a_loss_at_any_moment(name):
    with disk_of(name) as (disk, folder):
        after = power.After(None, folder)
        for number in range(figures.size(1, 3)):
            after.deploys = Recording(disk, folder, SEED + number)
            for place, how in states_of(after.deploys,
                                        *figures.size((3, 1), (60, 40))):
                try_state(after, disk, place, how)
    power.tell(f"power-{name}", after, figures.size(6, 300))


# What a loss of power makes of each, and where: the first file system in the
# short form, or none.
DEFECTS = {
    "journal-not-flushed": ("lost", "xfs", *KINDS),
    "journal-ignored": ("lost", "ext4", *KINDS),
    "emptied-too-soon": ("lost", None, *KINDS),
    "module-not-written": ("torn", *KINDS),
    "writeback-not-awaited": ("torn", None, "ext4", "ext4-writeback", "xfs"),
}


@pytest.mark.parametrize("defect, name", [
    (defect, name) for defect, (_, *names) in DEFECTS.items()
    for name in figures.size(names[:1], names) if name])
def test_a_defect_is_noticed(defect, name):
    with disk_of(name) as (disk, folder):
        after = power.After(None, folder)
        for number in range(3):
            with planted.defect(defect):
                after.deploys = Recording(disk, folder, SEED + number)
                for place, how in states_of(after.deploys, 60, 200):
                    try_state(after, disk, place, how)
                    if any(one.startswith(DEFECTS[defect][0])
                           for one in after.wrong):
                        return
    raise AssertionError("not noticed")

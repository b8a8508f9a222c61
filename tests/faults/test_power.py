"""A loss of power loses nothing that was acknowledged.

The calls of a bridge are recorded from its first start on, a repository being
made, and then deploys; for each call the disk that a crash could leave is made
(replay.py says by which model), and a bridge is started on it.
"""

import json
import pathlib
import random
import re
import shutil
import subprocess
import tempfile

import pytest

import disk
import figures
import planted
import power
import power_disk
import replay

# What lies on the disk; the runtime folder is in memory.
KEPT = ("home/state_home/", "server1/")
SEED = 20261126
FRAME = re.compile(rb'\{"jsonrpc".*\}', re.DOTALL)


class Recording(power.Deploys):
    """Deploys of every kind, call by call. A place is the number of a call."""

    def __init__(self, folder):
        world = power.PowerWorld(folder)
        super().__init__(world)
        output = folder / "calls"
        replay.record(world.bridge, output)
        world.client = world.bridge.client()
        self.of_every_kind()
        self.settled()
        self.save("crm.py")
        world.leave()
        assert world.bridge.stop() == 0
        world.server.end()
        self.ops = replay.read_ops(output, folder)
        self.told = list(self.words())
        self.check_itself(folder)

    def words(self):
        for number, op in enumerate(self.ops):
            match = op.call == "sendto" and FRAME.search(op.data)
            if not match:
                continue
            message = json.loads(match[0])
            deploy = message.get("params", {}).get("deploy") or (
                message.get("result", {}))
            if "state" in deploy:
                yield number, deploy["id"], deploy["state"], deploy

    def check_itself(self, folder):
        """With nothing lost, the replay is what lies on the real disk; and the
        bridge relied on order where the disk gives it."""
        again = folder / "again"
        replay.ordered(self.ops, len(self.ops)).write_out(again)
        for part in ("home/state_home/hotbridge/history.git/refs",
                     "home/state_home/hotbridge/history.git/objects",
                     "server1/pickup"):
            done = subprocess.run(
                ["diff", "-r", folder / part, again / part],
                capture_output=True, text=True, check=False)
            # What the server's own side made is no call of the bridge.
            assert done.returncode == 0, done.stdout
        shutil.rmtree(again)
        assert disk.has_journal(folder) == any(
            op.call == "sync_file_range" for op in self.ops)


def try_disk(after, left, end, how, seed, where):
    """What a crash leaves of a disk, with all that was told before `end`."""
    shutil.rmtree(after.folder, ignore_errors=True)
    world = after.world()
    left.write_out(after.folder, how, seed, KEPT)
    after.try_one(world, end - 1, where)


def changes(ops):
    """Cuts behind calls that change or flush something."""
    return [number + 1 for number, op in enumerate(ops)
            if op.call not in ("sendto", "open") or "O_CREAT" in op.flags]


def cuts_of(recording, most):
    cuts = changes(recording.ops)
    if most is None:
        return cuts
    # The first acknowledgement and what lies around it, then a sample.
    first = recording.told[0][0]
    near = [cut for cut in cuts if cut <= first][-6:]
    rest = [cut for cut in cuts if cut not in near and cut > near[0]]
    return near + sorted(random.Random(SEED).sample(rest, most - len(near)))


def names_of(ops, cut):
    """Up to where names may be kept: all, none that had not to be, or some."""
    least = replay.last_names(ops, cut)
    return [None, least, random.Random(cut).randint(least, cut)]


def on_each_cut(recording, folder, cuts, hows, all_names=figures.FULL):
    after = power.After(recording, folder)
    for cut in cuts:
        end = replay.told_before_next_flush(recording.ops, cut)
        last = recording.ops[cut - 1]
        kept = names_of(recording.ops, cut)
        for how in hows:
            for names in dict.fromkeys(kept if all_names else [kept[cut % 3]]):
                left = replay.ordered(recording.ops, cut, names)
                try_disk(after, left, end, how, cut, f"{how} after {cut}: "
                         f"{last.call} {last.path} {last.to}; names up to "
                         f"{names or cut}")
    return after


@pytest.fixture
def memory():
    """A folder in memory: quick to make and to remove."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield pathlib.Path(folder)


@pytest.fixture
def ordered(tmp_path):
    """A folder on a file system with a journal: one of our own, where that of
    temporary files has none and we may mount."""
    yield from on_disk(power_disk.KINDS["ext4"], tmp_path,
                       disk.has_journal(tmp_path))


@pytest.fixture
def each(tmp_path):
    """A folder on a file system of which the bridge takes nothing for granted.
    """
    yield from on_disk(power_disk.NO_JOURNAL, tmp_path,
                       disk.kind(tmp_path)[0] not in ("ext4", "xfs", "tmpfs"))


def on_disk(kind, folder, already):
    missing = power_disk.needed(kind, fuse=False)
    if already:
        yield folder
    elif missing:
        pytest.skip(missing)
    else:
        with power_disk.private_mounts():
            image = power_disk.make(kind, folder / "image")
            with power_disk.mounted(kind, image, folder / "disk"):
                yield folder / "disk"


def test_a_cut_at_each_call(ordered, memory):
    recording = Recording(ordered)
    after = on_each_cut(recording, memory,
                        cuts_of(recording, figures.size(14, None)),
                        figures.size(["missing", "mixed"],
                                     ["missing", "zeros", "mixed"]))
    power.tell("power", after, figures.size(28, 300))


def test_a_cut_where_nothing_is_ordered(each, memory):
    recording = Recording(each)
    after = power.After(recording, memory)
    for cut in cuts_of(recording, figures.size(14, None)):
        last = recording.ops[cut - 1]
        for seed in range(figures.size(1, 3)):
            left = replay.unordered(recording.ops, cut, seed)
            try_disk(after, left, cut, "mixed", seed,
                     f"seed {seed} after {cut}: "
                     f"{last.call} {last.path} {last.to}")
    power.tell("power-any", after, figures.size(14, 300))


# Cuts at which a defect can show, by the call before.
DEFECTS = {
    "journal-not-flushed": ("lost", lambda op: op.call == "sendto"),
    "journal-ignored": ("lost", lambda op: op.call == "fdatasync"),
    "moved-before-journal": ("lost", lambda op: op.call == "rename" and
                             op.to.endswith("refs/heads/dev")),
    "emptied-too-soon": ("lost", lambda op: op.call == "fdatasync"),
    "module-not-written": ("torn", lambda op: op.call == "rename" and
                           "pickup" in op.to),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_noticed(ordered, memory, defect):
    word, shows = DEFECTS[defect]
    with planted.defect(defect):
        recording = Recording(ordered)
        cuts = [number + 1 for number, op in enumerate(recording.ops)
                if shows(op)]
        for cut in reversed(cuts):
            after = on_each_cut(recording, memory, [cut], ["missing", "mixed"],
                                all_names=True)
            if any(one.startswith(word) for one in after.wrong):
                return
    raise AssertionError("not noticed")

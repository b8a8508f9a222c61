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

import figures
import planted
import replay
from world import World

# What lies on the disk; the runtime folder is in memory.
KEPT = ("home/state_home/", "server1/")
SEED = 20261126
FRAME = re.compile(rb'\{"jsonrpc".*\}', re.DOTALL)


class Recording:
    """Deploys of every kind, call by call."""

    def __init__(self, folder):
        self.world = World(folder)
        self.sources = self.world.sources
        self.saves = {}
        output = folder / "calls"
        world = self.world
        replay.record(world.bridge, output)
        world.client = world.bridge.client()
        for module in ("crm.py", "crm.py", "other.py", "crm.py"):
            self.save(module)
        text = b"somebody = 'else'\n"
        self.sources.add(text)
        world.server.change("crm.py", text)
        self.save("crm.py")
        world.client.deploy("broken.py", "def broken(:\n")
        self.save("other.py")
        world.leave()
        assert world.bridge.stop() == 0
        self.root = folder
        self.ops = replay.read_ops(output, folder)
        self.told = list(self.words())
        self.check_itself(folder)

    def save(self, module):
        source = self.world.source()
        deploy = self.world.client.deploy(module, source)
        assert deploy["outcome"] == "deployed", deploy
        self.saves[deploy["id"]] = source

    def words(self):
        """(number of the call, id, state, deploy) of all that was told."""
        for number, op in enumerate(self.ops):
            match = op.call == "sendto" and FRAME.search(op.data)
            if not match:
                continue
            message = json.loads(match[0])
            deploy = message.get("params", {}).get("deploy") or (
                message.get("result", {}))
            if deploy.get("id") in self.saves:
                yield number, deploy["id"], deploy["state"], deploy

    def check_itself(self, folder):
        """With nothing lost, the replay is what lies on the real disk."""
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

    def acknowledged(self, end):
        """What had been told of each deploy before that call."""
        return {deploy_id: (state, deploy) for number, deploy_id, state, deploy
                in self.told if number < end}


class After:
    """A bridge on what a crash left."""

    def __init__(self, recording, folder):
        self.recording = recording
        self.folder = folder
        self.wrong = []
        self.tried = 0

    def try_one(self, disk, end, how, seed, where):
        shutil.rmtree(self.folder, ignore_errors=True)
        world = World(self.folder, confirmTimeout="10s")
        world.sources = self.recording.sources
        disk.write_out(self.folder, how, seed, KEPT)
        acknowledged = self.recording.acknowledged(end)
        self.tried += 1
        for torn in world.torn([]):
            self.wrong.append(f"torn: {torn}, {where}")
        try:
            with world:
                self.look(world, acknowledged, where)
        except (AssertionError, subprocess.TimeoutExpired) as error:
            self.wrong.append(f"no start: {error}"[:2000] + f", {where}")

    def look(self, world, acknowledged, where):
        aside = list(world.bridge.history.parent.glob("*damaged*"))
        if aside and acknowledged:
            self.wrong.append(f"lost: the whole history, {where}")
            return
        for deploy_id, (state, told) in acknowledged.items():
            deploy = world.outcome(deploy_id, True)
            if deploy is None:
                self.wrong.append(f"lost: {told['module']} {state}, {where}")
            elif world.bridge.git("cat-file", "-p", deploy["blob"]) != (
                    self.recording.saves[deploy_id]):
                self.wrong.append(f"lost: other bytes, {where}")
            elif state == "done" and deploy["commit"] != told["commit"]:
                self.wrong.append(f"lost: the outcome, {where}")
        world.deploy("crm.py")
        world.check_history()


def tell(name, after, states):
    print("\n".join(after.wrong))
    lost = sum(one.startswith("lost") for one in after.wrong)
    torn = sum(one.startswith("torn") for one in after.wrong)
    figures.tell(
        name, f"{after.tried} states of the disk: {lost} acknowledged saves "
        f"lost, {torn} torn modules, {len(after.wrong) - lost - torn} other "
        "wrongs", "0 of each", not after.wrong and after.tried >= states,
        wrong=after.wrong[:50])


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


def on_each_cut(recording, folder, cuts, hows):
    after = After(recording, folder)
    for cut in cuts:
        end = replay.told_before_next_flush(recording.ops, cut)
        disk = replay.ordered(recording.ops, cut)
        for how in hows:
            last = recording.ops[cut - 1]
            after.try_one(disk, end, how, cut, f"{how} after {cut}: "
                          f"{last.call} {last.path} {last.to}")
    return after


@pytest.fixture
def memory():
    """A folder in memory: quick to make and to remove, and a file system of
    which the bridge takes nothing for granted."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield pathlib.Path(folder)


def test_a_cut_at_each_call(tmp_path, memory):
    recording = Recording(tmp_path)
    after = on_each_cut(recording, memory,
                        cuts_of(recording, figures.size(14, None)),
                        figures.size(["missing", "mixed"],
                                     ["missing", "zeros", "mixed"]))
    tell("power", after, figures.size(28, 300))


def test_a_cut_where_nothing_is_ordered(tmp_path, memory):
    recording = Recording(tmp_path / "recorded")
    after = After(recording, memory / "after")
    for cut in cuts_of(recording, figures.size(14, None)):
        last = recording.ops[cut - 1]
        for seed in range(figures.size(1, 3)):
            disk = replay.unordered(recording.ops, cut, seed)
            after.try_one(disk, cut, "mixed", seed, f"seed {seed} after {cut}: "
                          f"{last.call} {last.path} {last.to}")
    tell("power-any", after, figures.size(14, 300))


@pytest.mark.parametrize("defect, word", [
    ("named-before-written", "lost"),
    ("objects-not-written", "lost"),
    ("module-not-written", "torn"),
])
def test_a_defect_is_noticed(tmp_path, memory, defect, word):
    with planted.defect(defect):
        recording = Recording(tmp_path)
    if word == "torn":
        cuts = [number + 1 for number, op in enumerate(recording.ops)
                if op.call == "rename" and "pickup" in op.to]
    else:
        cuts = [number + 1 for number, op in enumerate(recording.ops)
                if (op.to or op.path).endswith("refs/heads/dev") and
                op.call in ("link", "rename", "fsync")]
    for cut in cuts:
        after = on_each_cut(recording, memory, [cut], ["missing"])
        if any(one.startswith(word) for one in after.wrong):
            return
    raise AssertionError("not noticed")

"""kill -9 loses nothing: the bridge is killed at each call of a deploy that
changes a disk, at each of its start, and at random moments."""

import asyncio
import os
import random
import subprocess
import time

import pytest

import bridge as harness
import figures
import planted
import traced
from bridge import PATIENCE
from world import TOLD, World

GOOD = ("deployed", "superseded", "cancelled", "unconfirmed", "failed")
SEED = 20261126


class Trials(World):
    """Kills, starts again, and keeps what was wrong afterwards."""

    def __init__(self, folder, patience=PATIENCE):
        super().__init__(folder)
        self.patience = patience
        self.wrong = []
        self.kills = 0
        self.turn = 0
        self.kept = {}

    def prepare(self, kind):
        """The way of a deploy depends on what lies there: nothing yet, our
        last version, or somebody else's."""
        self.turn += 1
        if kind == "first":
            return f"new_{self.turn}.py"
        module = "crm.py"
        if kind == "found":
            text = f"other = {self.turn}\n".encode()
            self.sources.add(text)
            self.server.change(module, text)
        return module

    def note(self, what, where):
        self.wrong.append(f"{what}, killed at {where}")

    def after(self, where, module, params, told, answer):
        """The bridge is dead: what it said must hold from the next start."""
        code = self.gone()
        assert code == -9, f"the bridge ended with {code} at {where}"
        self.kills += 1
        for module_torn in self.torn():
            self.note(f"torn: {module_torn}", where)
        try:
            self.start()
            acknowledged = answer is not None or any(
                change["state"] in TOLD for change in told)
            deploy = self.outcome(params["id"], not figures.FULL,
                                  self.patience)
            if acknowledged and (deploy is None or
                                 deploy["outcome"] not in GOOD):
                self.note(f"lost: {deploy}", where)
            elif acknowledged and "(found)" not in where and (
                    deploy.get("found")):
                self.note("our own version is taken for another's", where)
            elif acknowledged:
                self.kept[deploy["blob"]] = params["source"]
            source = self.deploy(module)
            if self.pickup(module) != source.encode():
                self.note("the next deploy is not there", where)
        except AssertionError as error:
            self.note(f"the next deploy is blocked: {error}"[:400], where)
            self.again()
            return
        for left in self.rests_gone(self.patience / 4):
            self.note(f"left over: {left}", where)
        if self.kills % 25 == 0:
            self.check()

    def again(self):
        """After what cannot be gone on with: all anew."""
        self.leave()
        if self.bridge.process is not None:
            self.bridge.kill()
        state = self.bridge.history.parent
        state.rename(state.with_name(f"broken-{self.turn}"))
        self.kept.clear()
        self.start()

    def check(self):
        """Every byte that was acknowledged is there, in a whole history."""
        self.check_history()
        for blob, source in self.kept.items():
            if self.bridge.git("cat-file", "-p", blob) != source:
                self.note(f"lost: {blob}", "an earlier kill")

    def at(self, point, kind):
        module = self.prepare(kind)
        source = self.source()
        with traced.killed_at(self.bridge, point):
            params, told, answer = self.send(module, source)
        if answer is not None and not self.died():
            return False  # the call did not come this time
        self.after(f"{point} ({kind})", module, params, told, answer)
        return True

    def died(self):
        """After the answer, when no call comes any more."""
        try:
            self.client.call("initialize", {})
        except (OSError, asyncio.IncompleteReadError,
                harness.websockets.WebSocketException):
            self.bridge.process.wait(PATIENCE)
        except harness.RpcError:
            pass  # that it was asked before
        return self.bridge.process.poll() is not None

    def at_random(self, dice):
        kind = dice.choice(["first", "again", "found"])
        module = self.prepare(kind)
        params = self.client.deploy_params(module, self.source())
        seen = len(self.client.changes)
        number = self.client.ask("deploy", params)
        moment = dice.random() * 0.03
        end = time.monotonic() + moment
        while time.monotonic() < end:
            pass
        self.bridge.process.kill()
        answer = None
        try:
            answer = self.client.answer(number)
        except (OSError, harness.websockets.WebSocketException):
            pass
        told = [change for change in self.client.changes[seen:]
                if change["id"] == params["id"]]
        self.after(f"{moment:.4f} s ({kind})", module, params, told, answer)

    def points(self, kind):
        return traced.points_of(
            self.bridge, lambda: self.deploy_as(kind), self.folder,
            traced.CHANGING)

    def deploy_as(self, kind):
        module = self.prepare(kind)
        deploy = self.client.deploy(module, self.source())
        assert deploy["outcome"] == "deployed", deploy


def chosen(points, most):
    """All of them, or as many spread over all, every kind of call among
    them."""
    points = [point for point in points
              if point.changing and (figures.FULL or point.call != "close")]
    if most is None or len(points) <= most:
        return points
    dice = random.Random(SEED)
    kinds = {}
    for point in points:
        kinds.setdefault(point.call, []).append(point)
    picked = [dice.choice(some) for some in kinds.values()]
    rest = [point for point in points if point not in picked]
    return picked + dice.sample(rest, max(0, most - len(picked)))


def run(trials, kinds, most):
    reached = 0
    for kind in kinds:
        for point in chosen(trials.points(kind), most):
            reached += trials.at(point, kind)
    return reached


def test_killed_at_each_call_of_a_deploy(tmp_path):
    with Trials(tmp_path) as trials:
        trials.deploy("crm.py")
        at_calls = run(trials, ["first", "again", "found"],
                       figures.size(20, None))
        dice = random.Random(SEED)
        at_random = figures.size(10, 1000)
        for _ in range(at_random):
            trials.at_random(dice)
        trials.check()
        count = lambda word: sum(one.startswith(word)  # noqa: E731
                                 for one in trials.wrong)
        print("\n".join(trials.wrong))
        figures.tell(
            "kill", f"{at_calls} kills at a call, {at_random} at random: "
            f"{count('lost')} accepted saves lost, {count('torn')} torn "
            f"modules, {count('the next')} blocked, "
            f"{count('left')} rests", "0 of each", not trials.wrong and
            at_calls >= figures.size(50, 150), wrong=trials.wrong)


def recovery(trials):
    """Leaves a deploy behind that the next start has to take up."""
    module = trials.prepare("again")
    params = trials.client.deploy_params(module, trials.source())
    trials.client.ask("deploy", params)
    trials.client.change(lambda one: one["id"] == params["id"], "recorded")
    trials.bridge.kill()
    trials.leave()
    return module, params


def start_traced(trials, *options):
    """Starts a bridge whose first thread is traced from its birth; gives
    what it said."""
    with open(trials.bridge.log, "ab") as log:
        trials.bridge.process = subprocess.Popen(
            ["strace", "-D", "-y", "-s", "0", *options, harness.PROGRAM, "daemon",
             "--ready-fd", "1"], env=trials.bridge.environment,
            stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL)
    with trials.bridge.process.stdout as pipe:
        word = pipe.readline().decode().strip()
    return word


def test_killed_at_each_call_of_a_start(tmp_path):
    """A start that takes up what was left is killed in turn."""
    calls = "trace=" + ",".join(traced.CHANGING)
    with Trials(tmp_path) as trials:
        trials.deploy("crm.py")
        recovery(trials)
        output = tmp_path / "trace-start"
        assert start_traced(trials, "-o", output, "-e", calls) == "ready"
        trials.bridge.kill()
        trials.start()
        points = [point for point in traced.read_points(output, "loop")
                  if point.changing and point.call not in ("close", "write")]
        kills = 0
        for point in points[::figures.size(3, 1)]:
            module, params = recovery(trials)
            word = start_traced(
                trials, "-o", os.devnull, "-e", f"trace={point.call}", "-e",
                f"inject={point.call}:signal=KILL:when={point.number}")
            if word == "ready":
                trials.bridge.kill()
                trials.start()
                continue
            kills += 1
            trials.after(f"{point} (start)", module, params, [
                {"state": "recorded"}], None)
        trials.check()
        print("\n".join(trials.wrong))
        figures.tell("kill-start", f"{kills} kills at a call of a start: "
                     f"{len(trials.wrong)} wrongs", "0 wrongs",
                     not trials.wrong and kills >= 3, wrong=trials.wrong)


@pytest.mark.parametrize("defect, word, kind, call", [
    ("written-in-place", "torn", "again", "write"),
    # With a journal already the next start stumbles over one.
    ("locks-stay", ("left over", "the next deploy is blocked"), "again",
     "rename"),
    ("told-before-recorded", "lost", "first", "rename"),
])
def test_a_defect_is_noticed(tmp_path, defect, word, kind, call):
    with planted.defect(defect), Trials(tmp_path, PATIENCE / 5) as trials:
        trials.deploy("crm.py")
        points = [point for point in trials.points(kind)
                  if point.changing and point.call == call]
        # Several times: writes that wake the loop are counted with the rest,
        # and there may be one more or less of them.
        for point in points * 5:
            trials.at(point, kind)
            if any(one.startswith(word) for one in trials.wrong):
                return
        raise AssertionError(f"not noticed; only: {trials.wrong}")

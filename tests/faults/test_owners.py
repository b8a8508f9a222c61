"""However many start at once, one bridge runs; and another version takes over
in the middle of the work without losing or repeating any of it."""

import asyncio
import collections
import json
import os
import re
import signal
import subprocess
import time

import websockets

import bridge as harness
import figures
import planted
from bridge import PATIENCE, Bridge, RpcError, wait_until
from env import Env
from modules import good

CROWD = 20


class Contender:
    """A daemon that is started among others."""

    def __init__(self, bridge, number):
        self.log = bridge.home / f"contender-{number}.log"
        self.ready, writing = os.pipe()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [harness.PROGRAM, "daemon", "--ready-fd", str(writing)],
                env=bridge.environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, pass_fds=[writing])
        os.close(writing)

    def word(self):
        """What it says once it knows: "ready", or why not."""
        with os.fdopen(self.ready) as pipe:
            return pipe.readline().strip()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def contend(bridge):
    """(owners, those who gave way properly) of a crowd that starts at once."""
    crowd = [Contender(bridge, number) for number in range(CROWD)]
    words = [one.word() for one in crowd]
    owners = [one for one, word in zip(crowd, words) if word == "ready"]
    gave_way = []
    for one, word in zip(crowd, words):
        if one in owners:
            continue
        code = one.process.wait(PATIENCE)
        pids = [owner.process.pid for owner in owners]
        named = re.search(r"another bridge runs already \(pid (\d+)\)", word)
        if code == 9 and named and int(named[1]) in pids:
            gave_way.append(one)
        else:
            print(code, word)
    return owners, gave_way


def test_one_owner_of_twenty_that_start_at_once(tmp_path):
    rounds = figures.size(3, 30)
    owners = gave_way = 0
    for turn in range(rounds):
        bridge = Bridge(tmp_path / f"home{turn}")
        bridge.add_target("dev", [bridge.home / "nowhere"])
        if turn % 3 == 1:  # what one that was killed has left lies there
            bridge.start().kill()
        won, lost = contend(bridge)
        owners += len(won)
        gave_way += len(lost)
        with bridge.client() as client:
            assert client.call("targets/list")["targets"]
        assert [one.end() for one in won] == [0] * len(won)
        assert not bridge.json.exists()
    figures.tell(
        "owners", f"{rounds} times {CROWD} at once: {owners} owners, "
        f"{gave_way} named the owner and ended with 9",
        aim="one owner each time, all others say so",
        reached=owners == rounds and gave_way == rounds * (CROWD - 1))


def test_twenty_starts_find_one_bridge(bridge):
    starts = [subprocess.Popen(
        [harness.PROGRAM, "start", "--json"], env=bridge.environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True) for _ in range(CROWD)]
    told = [one.communicate(timeout=2 * PATIENCE) for one in starts]
    assert [one.returncode for one in starts] == [0] * CROWD, told
    answers = [json.loads(out) for out, _ in told]
    assert len({one["pid"] for one in answers}) == 1
    assert sum(one["started"] for one in answers) == 1


def test_a_planted_lock_is_caught(bridge):
    with planted.defect("no-lock"):
        owners, gave_way = contend(bridge)
        for one in owners:
            one.end()
        # The history has a lock of its own, so one of them gets no further.
        assert len(owners) != 1 or len(gave_way) != CROWD - 1


class Stubborn:
    """A client as an editor is one: when the connection goes it finds the
    bridge again, and asks again with the same id."""

    def __init__(self, bridge):
        self.bridge = bridge
        self.client = bridge.client()
        self.away = []  # seconds, each time

    def find(self):
        began = time.monotonic()
        self.client.abandon()

        def connected():
            try:
                return self.bridge.client()
            except (OSError, ValueError, RpcError, asyncio.TimeoutError,
                    websockets.WebSocketException):
                return None
        self.client = wait_until(connected, "the bridge is back")
        self.away.append(time.monotonic() - began)

    def deploy(self, params):
        while True:
            try:
                return self.client.call("deploy", params)
            except RpcError as error:
                if error.reason != "stopping":
                    raise
                self.client.closed()
                self.find()
            except websockets.ConnectionClosed:
                self.find()


def take_over(env, program):
    """Begins to replace the bridge that runs by that program."""
    return subprocess.Popen([program, "start", "--json"],
                            env=env.bridge.environment, text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


def counted(env):
    """How often each deploy stands on the branch, late words apart."""
    text = env.bridge.git("log", "--format=%(trailers:key=Trigger,valueonly,"
                          "separator=)%x09%(trailers:key=Deploy-Id,valueonly,"
                          "separator=)", "dev")
    lines = [line.split("\t") for line in text.splitlines()]
    return collections.Counter(deploy for trigger, deploy in lines
                               if trigger not in ("late", "found"))


def test_another_version_takes_over_while_deploys_go_on(tmp_path):
    count = figures.size(40, 200)
    programs = [planted.build("version-0.1.999"), harness.PROGRAM]
    with Env(tmp_path, "zato-3.2", servers=1) as env:
        stubborn = Stubborn(env.bridge)
        asked, outcomes, starts, versions = [], [], [], set()
        for number in range(count):
            if number % 10 == 5:
                starts.append(take_over(env, programs[len(starts) % 2]))
            params = env.client.deploy_params(f"crm_{number % 7}.py",
                                              good(1000 + number))
            asked.append(params)
            outcomes.append(stubborn.deploy(params)["outcome"])
            versions.add(stubborn.client.hello["server"]["version"])
        for one in starts:
            out, err = one.communicate(timeout=2 * PATIENCE)
            assert one.returncode == 0, err
            assert json.loads(out)["running"]
        if starts and len(stubborn.away) < len(starts):
            # The last came after the last deploy.
            stubborn.client.closed()
            stubborn.find()
        lost = [params["id"] for params in asked if stubborn.client.call(
            "deploy/get", {"id": params["id"]})["state"] != "done"]
        doubled = [deploy for deploy, times in counted(env).items()
                   if times != 1]
        lost += set(one["id"] for one in asked) - set(counted(env))
        for params in asked[-7:]:
            assert env.pickup_files(params["module"])[0].read_text() == \
                params["source"]
        stubborn.client.close()
        env.client.abandon()
        env.client = None
        # The bridge that was started here has long handed over.
        assert env.bridge.process.wait(PATIENCE) == 0
        env.bridge.process = None
        assert env.bridge.run("stop").returncode == 0
        env.bridge.git("fsck", "--full", "--strict")
    slowest = max(stubborn.away)
    figures.tell(
        "handover", f"{len(starts)} times another version within {count} "
        f"deploys: {len(lost)} lost, {len(doubled)} doubled; clients back "
        f"after {slowest:.2f} s at most",
        aim="0 lost or doubled; back within 2 s",
        reached=not lost and not doubled and len(versions) == 2
        and slowest <= (2 if figures.FULL else 10),
        outcomes=dict(collections.Counter(outcomes)))

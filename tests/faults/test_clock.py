"""Clock-proof: the bridge's wall clock jumps while it deploys (libfaketime),
an hour or ten years, forward, backwards and to a standstill. Waiting goes by
the monotonic clock, the history by the order of deploys, and a module's times
never repeat.
"""

import glob
import os
import re
import statistics
import time
import uuid

import pytest

import figures
import planted
from env import Env
from modules import good

HOUR = 3600
YEARS = 10 * 365 * 24 * HOUR
STILL = "2026-03-01 12:00:00"
JUMPS = ["+3600", "-3600", f"+{YEARS}", f"-{YEARS}", STILL]
LIMIT = 3.0  # seconds that a silent server is waited for
TOLERANCE = 0.10
SILENT = 4  # targets that are waited for at once


def library():
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    assert found, "libfaketime is missing: packaging/deps faults installs it"
    return found[0]


class Clock:
    """The wall clock of the bridge, and of nobody else."""

    def __init__(self, env):
        self.file = env.folder / "clock"
        self.set("+0")
        env.bridge.environment.update(
            LD_PRELOAD=library(), FAKETIME_TIMESTAMP_FILE=str(self.file),
            FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1",
            DONT_FAKE_MONOTONIC="1", NO_FAKE_STAT="1", FAKE_UTIME="0",
            TZ="UTC")

    def set(self, text):
        new = self.file.with_suffix(".new")
        new.write_text(text + "\n")
        os.replace(new, self.file)


def environment(folder, profile):
    one = Env(folder, profile, servers=1, confirmTimeout=f"{LIMIT}s")
    for number in range(SILENT):
        one.bridge.add_target(f"s{number}", [one.server("server1")],
                              onSave="always", onConflict="overwrite",
                              confirmTimeout=f"{LIMIT}s")
    one.clock = Clock(one)
    return one


@pytest.fixture(params=["zato-4", "zato-3.2"])
def env(request, tmp_path):
    with environment(tmp_path, request.param) as one:
        yield one


def waited(env, number, jump):
    """Real seconds from delivery to the outcome of deploys that nobody
    answers, with a jump of the clock meanwhile."""
    client = env.client
    client.changes.clear()
    asked = [client.ask_deploy(f"silent{number}_{i}.py", good(number),
                               target=f"s{i}")[1] for i in range(SILENT)]
    begun, ended, jumped = {}, {}, False
    while len(ended) < SILENT:
        seen = len(client.changes)
        client.receive()
        now = time.monotonic()
        for deploy in client.changes[seen:]:
            if deploy["id"] not in asked:
                continue
            if deploy["state"] == "delivered":
                begun.setdefault(deploy["id"], now)
            elif deploy["state"] == "done":
                assert deploy["outcome"] == "unconfirmed", deploy
                timings = deploy["timings"]
                assert 0 <= timings["recorded"] <= timings["delivered"] <= \
                    timings["confirmed"], timings
                ended[deploy["id"]] = now
        if len(begun) == SILENT and jump and not jumped:
            env.clock.set(jump)
            jumped = True
    return [ended[one] - begun[one] for one in asked]


def measure(env, jumps):
    """How long was waited, for each jump the median of all targets; the first
    is without one."""
    env.ctl("server1", "deaf", "on")
    waits = []
    for number, jump in enumerate([None, *jumps]):
        wait = statistics.median(waited(env, number, jump))
        if abs(wait / LIMIT - 1) > TOLERANCE:
            # A machine that stood still does not do so twice.
            env.clock.set("+0")
            wait = statistics.median(waited(env, 100 + number, jump))
        waits.append(wait)
    env.clock.set("+0")
    env.ctl("server1", "deaf", "off")
    return waits


def test_silence_is_waited_for_as_long_as_ever(env):
    jumps = figures.size(JUMPS[:4:3] if env.profile == "zato-4" else [], JUMPS)
    if not jumps:
        pytest.skip("the short form tries one kind of server")
    calm, *jumped = measure(env, jumps)
    worst = max(abs(wait / calm - 1) for wait in jumped)
    assert abs(calm / LIMIT - 1) <= 2 * TOLERANCE, calm
    figures.tell(f"clock-timeouts-{env.profile}",
                 f"{SILENT * len(jumps)} deploys in {len(jumps)} jumps of the "
                 f"clock: timeouts within {worst:.1%} of those without one",
                 "10 %", worst <= TOLERANCE, deploys=SILENT * len(jumps),
                 worst=worst)


def deploys_across(env, jumps):
    """Versions of one module, the clock jumping before each or within each;
    gives the numbers that are to be in the history, oldest first."""
    path = env.pickup("server1") / "crm.py"
    times, kept = [], []
    within = False
    for number, jump in enumerate(jumps):
        # In place the size is the same, so that only the times tell versions
        # apart; a copy gets its time from the server.
        payload = 100 + number if env.profile == "zato-4" else 10 ** number
        env.ctl("server1", "delay", "0.3" if within else "0")
        if not within:
            env.clock.set(jump)
        request, deploy_id = env.client.ask_deploy("crm.py", good(payload),
                                                   target="dev")
        env.client.change(lambda d: d["id"] == deploy_id and
                          d["state"] in ("delivered", "done"), "delivery")
        if within:
            env.clock.set(jump)
        deploy = env.client.answer(request)
        assert deploy["outcome"] == "deployed", (jump, deploy)
        ran = env.invoke("server1", "crm.get")["workers"]
        assert [one["payload"] for one in ran] == [payload], (jump, ran)
        times.append(path.stat().st_mtime)
        kept.append(deploy)
        within = not within
    return times, kept


def test_order_and_times_are_kept(env):
    jumps = (["+0"] + JUMPS + list(reversed(JUMPS)))
    jumps = figures.size(["+0", "+3600", f"-{YEARS}", STILL, STILL, STILL],
                         jumps + [STILL, STILL, STILL] + jumps)
    times, kept = deploys_across(env, jumps)
    listed = env.client.call("history/list",
                             {"target": "dev", "limit": 100})["deploys"]
    in_order = [one["id"] for one in listed] == [
        one["id"] for one in reversed(kept)]
    unique = len(set(times)) == len(times)
    whole = all(one == int(one) for one in times)
    branch = env.bridge.git("log", "--format=%b", "dev")
    ids = re.findall(r"^Deploy-Id: (\S+)$", branch, re.M)
    in_order = in_order and ids == [one["id"] for one in reversed(kept)]
    env.clock.set("+0")
    before = env.client.call("rollback", {
        "id": str(uuid.uuid4()), "target": "dev", "module": "crm.py"})
    assert before["blob"] == kept[-2]["blob"], "one step back by the order"
    figures.tell(f"clock-order-{env.profile}",
                 f"{len(kept)} deploys, {len(jumps)} settings of the clock: "
                 f"order {'kept' if in_order else 'LOST'}, times "
                 f"{'unique' if unique and whole else 'REPEATED'}",
                 "order kept", in_order and unique and whole,
                 deploys=len(kept))


def test_the_clock_of_the_bridge_does_jump(env):
    """Else the rest would show nothing."""
    env.clock.set(f"+{YEARS}")
    deploy = env.client.deploy("jump.py", good(), target="dev")
    assert deploy["outcome"] == "deployed", deploy
    year = int(deploy["started"][:4])
    assert year >= time.gmtime().tm_year + 9, deploy["started"]


def test_a_deadline_by_the_wall_clock_is_noticed(tmp_path):
    with planted.defect("wall-clock-deadline"), \
            environment(tmp_path, "zato-4") as env:
        calm, jumped = measure(env, ["+3600"])
    assert abs(jumped / calm - 1) > TOLERANCE, (calm, jumped)


def test_a_time_that_repeats_is_noticed(tmp_path):
    with planted.defect("mtime-repeats"), \
            environment(tmp_path, "zato-4") as env, \
            pytest.raises(AssertionError):
        times, _ = deploys_across(env, [STILL, STILL])
        assert len(set(times)) == len(times), times

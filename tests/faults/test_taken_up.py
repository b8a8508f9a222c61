"""What a bridge that was killed left is taken up by the next one: also where it
cannot be read at first, in the order in which it was asked for, and never over
something newer."""

import os

import pytest

import planted
from bridge import wait_until
from env import Env
from modules import good
from test_clock import HOUR, Clock
from test_restart import delivered, outcome_of

PENDING = "refs/hotbridge/pending"


@pytest.fixture
def env(tmp_path):
    with Env(tmp_path, "zato-3.2", servers=1) as one:
        yield one


def waits(env, module, source):
    """A deploy that is recorded and waits for another one's end; its id."""
    _, deploy_id = env.client.ask_deploy(module, source)
    env.client.change(lambda d: d["id"] == deploy_id and
                      d["state"] == "queued", f"{module} waits")
    return deploy_id


def start_blind(env, calls="getdents64", error="EIO", when="1"):
    """A bridge that cannot read the folder of pending deploys: each thread's
    first time. The one that opens the history passes over it."""
    env.client.abandon()
    env.bridge.start(environment={"UV_THREADPOOL_SIZE": "1"}, before=[
        "strace", "-D", "-f", "-qq", "-o", os.devnull, "-P",
        str(env.bridge.history / PENDING), "-e", f"trace={calls}", "-e",
        f"inject={calls}:error={error}:when={when}"])
    env.client = env.bridge.client()


def said(env, words):
    return env.bridge.log.read_text().count(words)


def test_what_cannot_be_listed_is_taken_up_later(env):
    env.ctl("server1", "delay", 2)
    first = delivered(env, "other.py", good())["id"]
    second = waits(env, "crm.py", good(7))
    env.bridge.kill()
    start_blind(env)
    wait_until(lambda: said(env, "cannot be read yet"), "a word of it")
    for one in (first, second):
        assert outcome_of(env, one)["outcome"] == "deployed"
    assert env.pickup_files("crm.py")[0].read_text() == good(7)
    env.bridge.wait_for_no_pending()
    assert env.bridge.git("rev-list", "--count", "dev").strip() == "2"


def test_nothing_newer_is_replaced_by_it(env):
    """One of the module is deployed before what was left can be listed."""
    env.ctl("server1", "delay", 2)
    delivered(env, "other.py", good())
    left = waits(env, "crm.py", good(7))
    env.bridge.kill()
    start_blind(env, when="1..3")
    wait_until(lambda: said(env, "cannot be read yet"), "a word of it")
    newer = env.client.deploy("crm.py", good(88))
    assert newer["outcome"] == "deployed", newer
    deploy = outcome_of(env, left)
    assert deploy["outcome"] == "cancelled" and "away" in deploy["message"]
    assert env.pickup_files("crm.py")[0].read_text() == good(88)


def test_nor_by_a_bridge_after_that(env):
    """The one in between could not list it at all."""
    env.ctl("server1", "delay", 2)
    delivered(env, "other.py", good())
    left = waits(env, "crm.py", good(7))
    env.bridge.kill()
    start_blind(env, when="1+")
    newer = env.client.deploy("crm.py", good(88))
    assert newer["outcome"] == "deployed", newer
    env.bridge.kill()
    env.restart_bridge()
    deploy = outcome_of(env, left)
    assert deploy["outcome"] == "cancelled" and "away" in deploy["message"]
    assert env.pickup_files("crm.py")[0].read_text() == good(88)


def across_a_jump(env):
    """The outcomes of two deploys of a module between which the clock is set
    back, and then the bridge is killed."""
    clock = Clock(env)
    env.bridge.stop()
    env.restart_bridge()
    env.ctl("server1", "delay", 2)
    first = delivered(env, "crm.py", good(1))["id"]
    clock.set(f"-{HOUR}")
    second = waits(env, "crm.py", good(22))
    env.bridge.kill()
    env.restart_bridge()
    return [outcome_of(env, one)["outcome"] for one in (first, second)]


def test_the_clock_is_set_back_between_two(env):
    """The later one is the newer one."""
    first, second = across_a_jump(env)
    assert first != "cancelled" and second == "deployed", (first, second)
    assert env.pickup_files("crm.py")[0].read_text() == good(22)


def test_a_planted_order_by_the_clock_is_caught(env):
    with planted.defect("clock-order"):
        assert across_a_jump(env)[1] == "cancelled"

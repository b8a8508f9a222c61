"""Servers with pickup directories of their own, as those of Zato 4, and a
bridge that is killed when only the first of them has the file. The next one
follows that server, and gives the file to the others only while that is still
wanted."""

import contextlib

import pytest

import traced
from bridge import wait_until
from env import Env
from test_restart import delivered, later, outcome_of

SERVERS = 3


def good(number):
    return (f"from zato.server.service import Service\n\n\n"
            f"class Get(Service):\n    name = 'partly.get'\n\n"
            f"    def handle(self):\n        return {number}\n")


@pytest.fixture
def env(tmp_path):
    one = Env(tmp_path, "zato-4", servers=SERVERS)
    one.bridge.environment["UV_THREADPOOL_SIZE"] = "1"
    with one:
        yield one


def killed_after_the_first(env, module="crm.py", meanwhile=None):
    """The bridge is killed when it begins to look at the second server's
    place: with a new module, each takes two swaps. Gives the id."""
    source = good(1)
    with traced.attached(env.bridge, "worker", ["renameat2"], "-e",
                         "inject=renameat2:signal=KILL:when=3"):
        _, deploy_id = env.client.ask_deploy(module, source)
        if meanwhile is not None:
            meanwhile()
        env.bridge.process.wait(30)
    env.bridge.process = None
    there = [path.exists() for path in env.pickup_files(module)]
    assert there == [True, False, False], there
    return deploy_id


def restart(env, environment=None):
    with contextlib.suppress(Exception):
        env.client.abandon()
    env.bridge.start(environment=environment)
    env.client = env.bridge.client()


def said(env, name):
    return env.log(name).read_text().count("partly.get")


def imports(env):
    return [said(env, name) for name in env.names]


def texts(env, module="crm.py"):
    return [path.read_text() if path.exists() else None
            for path in env.pickup_files(module)]


def states(deploy):
    return [one["state"] for one in deploy["servers"]]


def test_those_that_lack_it_are_given_it(env):
    deploy_id = killed_after_the_first(env)
    wait_until(lambda: said(env, "server1"), "the first server's line")
    before = imports(env)
    restart(env)
    deploy = outcome_of(env, deploy_id)
    assert deploy["outcome"] == "deployed", deploy
    assert states(deploy) == ["confirmed"] * SERVERS
    assert texts(env) == [good(1)] * SERVERS
    # The first was not delivered to again.
    assert imports(env)[0] == before[0]
    assert env.client.deploy("crm.py", good(22))["outcome"] == "deployed"


def not_given(env, deploy_id, why):
    deploy = outcome_of(env, deploy_id)
    assert deploy["outcome"] == "unconfirmed", deploy
    assert states(deploy) == ["confirmed"] + [
        "unreachable"] * (SERVERS - 1), deploy
    for server in deploy["servers"][1:]:
        assert why in server["message"], deploy
    return deploy


def test_long_ago_they_are_not(env):
    deploy_id = killed_after_the_first(env)
    restart(env, later())
    not_given(env, deploy_id, "away")
    assert texts(env)[1:] == [None] * (SERVERS - 1)


def test_nor_when_a_newer_one_was_saved(env):
    """It waits while the first is delivered, and is delivered itself."""
    newer = []
    deploy_id = killed_after_the_first(
        env, meanwhile=lambda: newer.append(
            env.client.ask_deploy("crm.py", good(333))[1]))
    refs = env.bridge.git("for-each-ref", "refs/hotbridge/pending")
    restart(env)
    if newer[0] not in refs:
        pytest.skip("the kill came before the newer one was recorded")
    not_given(env, deploy_id, "away")
    assert outcome_of(env, newer[0])["outcome"] == "deployed"
    assert texts(env) == [good(333)] * SERVERS


def test_what_somebody_else_has_put_there_stays(env):
    deploy_id = killed_after_the_first(env)
    theirs = "theirs = True\n"
    env.quietly(env.pickup_files("crm.py")[1], theirs)
    restart(env)
    deploy = outcome_of(env, deploy_id)
    assert deploy["outcome"] == "unconfirmed", deploy
    assert states(deploy) == ["confirmed", "unreachable", "confirmed"], deploy
    assert "another version" in deploy["servers"][1]["message"]
    assert texts(env) == [good(1), theirs, good(1)]


def test_what_cannot_be_read_at_the_start_may_be_there(env):
    """Its servers are followed: `cancelled` would be said of what runs."""
    for name in env.names:
        env.ctl(name, "delay", 1)
    params = delivered(env, "crm.py", good(1))
    env.bridge.kill()
    env.client.abandon()
    clock = later()
    clock["ASAN_OPTIONS"] += ":detect_leaks=0"  # cannot be under strace
    env.bridge.start(environment=clock, before=[
        "strace", "-D", "-f", "-o", "/dev/null", "-e", "trace=openat2", "-e",
        "inject=openat2:error=EIO",
        *(word for name in env.names for word in ("-P", env.pickup(name)))])
    env.client = env.bridge.client()
    assert outcome_of(env, params["id"])["outcome"] == "deployed"
    assert "not known" in env.bridge.log.read_text()

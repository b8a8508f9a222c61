"""The bridge ends, by hand or by force, at any moment: nothing that was
acknowledged is lost, and nothing is deployed twice."""

import os
import random
import subprocess
import sys
import time

import pytest

from bridge import Bridge, RpcError, wait_until
from env import Env
from modules import good


@pytest.fixture
def env(tmp_path):
    with Env(tmp_path, "zato-3.2") as one:
        yield one


def delivered(env, module, source):
    """Sends a deploy and waits until it is delivered; gives its params."""
    params = env.client.deploy_params(module, source)
    env.client.ask("deploy", params)
    env.client.change(lambda d: d["id"] == params["id"] and
                      d["state"] == "delivered", f"{module} is delivered")
    return params


def outcome_of(env, deploy_id, seconds=40):
    """Asks until the deploy has its outcome."""
    def done():
        deploy = env.client.call("deploy/get", {"id": deploy_id})
        return deploy if deploy["state"] == "done" else None
    return wait_until(done, f"the outcome of {deploy_id}", seconds)


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_a_delivered_deploy_is_followed_on(env, how):
    env.ctl("server1", "delay", 2)
    params = delivered(env, "crm.py", good())
    getattr(env.bridge, how)()
    env.restart_bridge()
    deploy = outcome_of(env, params["id"])
    assert deploy["outcome"] == "deployed", deploy
    # Asked again with the same id, it is the same deploy.
    again = env.client.call("deploy", params)
    assert again["commit"] == deploy["commit"]
    assert env.bridge.git("rev-list", "--count", "dev").strip() == "1"
    for name in env.names:
        assert env.log(name).read_text().count("Deployed 1 service from") == 1


def test_a_word_that_came_while_the_bridge_was_away_counts(env):
    env.ctl("server1", "delay", 1)
    params = delivered(env, "crm.py", good())
    env.bridge.kill()
    wait_until(lambda: all("Deployed 1 service" in env.log(name).read_text()
                           for name in env.names), "both servers' lines")
    env.restart_bridge()
    assert outcome_of(env, params["id"])["outcome"] == "deployed"


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_what_waits_stays_and_goes_on(env, how):
    env.ctl("server1", "delay", 2)
    delivered(env, "other.py", good())
    number, waiting = env.client.ask_deploy("crm.py", good(7))
    env.client.change(lambda d: d["id"] == waiting and
                      d["state"] == "queued", "the second waits")
    getattr(env.bridge, how)()
    assert not any(path.exists() for path in env.pickup_files("crm.py"))
    env.restart_bridge()
    assert outcome_of(env, waiting)["outcome"] == "deployed"
    assert env.pickup_files("crm.py")[0].read_text() == good(7)
    assert number


def test_what_was_recorded_long_ago_is_not_delivered_any_more(env):
    env.ctl("server1", "delay", 2)
    delivered(env, "other.py", good())
    _, waiting = env.client.ask_deploy("crm.py", good())
    env.client.change(lambda d: d["id"] == waiting and
                      d["state"] == "queued", "the second waits")
    env.bridge.kill()
    # A bridge whose clock is two minutes on.
    env.client.abandon()
    env.bridge.start(environment=later())
    env.client = env.bridge.client()
    deploy = outcome_of(env, waiting)
    assert deploy["outcome"] == "cancelled" and "away" in deploy["message"]
    assert not any(path.exists() for path in env.pickup_files("crm.py"))


def later():
    """libfaketime, two minutes ahead, for a process of its own."""
    for folder in ("/usr/lib/x86_64-linux-gnu/faketime",
                   "/usr/lib/aarch64-linux-gnu/faketime"):
        library = os.path.join(folder, "libfaketime.so.1")
        if os.path.exists(library):
            return {"LD_PRELOAD": library, "FAKETIME": "+2m",
                    "DONT_FAKE_MONOTONIC": "1",
                    "ASAN_OPTIONS": "verify_asan_link_order=0"}
    pytest.fail("libfaketime is not installed: make deps")


def test_a_late_word_is_heard_across_a_restart(env):
    env.stop_server("server2")
    deploy = env.client.deploy("crm.py", good())
    assert deploy["outcome"] == "unconfirmed"
    env.bridge.kill()
    env.restart_bridge()
    env.start_server("server2")
    late = env.client.change(lambda d: d["id"] == deploy["id"] and
                             d.get("live"), "the late word of server2")
    assert late["outcome"] == "unconfirmed" and late["late"]
    wait_until(lambda: env.client.call("deploy/get", {"id": deploy["id"]})
               .get("live"), "it is in the history")


def test_killed_at_random_nothing_is_lost(tmp_path):
    """Saves, kills, starts again, and asks for every save by its id."""
    dice = random.Random(20261123)
    with Env(tmp_path, "zato-3.2", servers=1, confirmTimeout="10s") as env:
        saved = {}
        for turn in range(8):
            params = env.client.deploy_params(f"crm_{turn % 3}.py",
                                              good(1000 + turn))
            env.client.ask("deploy", params)
            acknowledged = turn % 2 == 0
            if acknowledged:
                env.client.change(lambda d, i=params["id"]: d["id"] == i,
                                  "recorded")
                saved[params["id"]] = params
            # Somewhere between recording and the server's line.
            end = time.monotonic() + dice.random() * 0.08
            while time.monotonic() < end:
                pass
            env.bridge.kill()
            env.restart_bridge()
        for deploy_id, params in saved.items():
            deploy = outcome_of(env, deploy_id)
            assert deploy["outcome"] in (
                "deployed", "superseded", "cancelled", "unconfirmed"), deploy
            blob = env.bridge.git("cat-file", "-p", deploy["blob"])
            assert blob == params["source"]
        # What was taken up again writes on: git would see half of it.
        env.bridge.wait_for_no_pending()
        env.bridge.git("fsck", "--full", "--strict")
        # And the next one is none the worse for it.
        assert env.client.deploy("crm_0.py", good(9))["outcome"] == "deployed"
        env.bridge.wait_for_no_pending()


def test_a_kill_before_the_syntax_was_judged_delivers_nothing_bad(tmp_path):
    """The attempt is in the history before the syntax is known. The next
    bridge, which takes it up, has to ask once more."""
    slow = tmp_path / "bin" / "python3"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\n[ -e '%s.fast' ] || sleep 1\n"
                    "exec %s \"$@\"\n" % (slow, sys.executable))
    slow.chmod(0o755)
    path = {"PATH": f"{slow.parent}:{os.environ['PATH']}"}
    with Env(tmp_path, "zato-3.2", servers=1) as env:
        env.bridge.environment.update(path)
        env.bridge.kill()
        env.restart_bridge()
        params = env.client.deploy_params("crm.py", "def broken(:\n")
        env.client.ask("deploy", params)
        wait_until(lambda: env.bridge.git("for-each-ref",
                                          "refs/hotbridge/pending"),
                   "the attempt")
        env.bridge.kill()
        slow.with_suffix(".fast").touch()
        env.restart_bridge()
        deploy = outcome_of(env, params["id"])
        assert deploy["outcome"] == "rejected", deploy
        assert deploy["diagnostics"][0]["line"] == 1
        assert not (env.pickup("server1") / "crm.py").exists()
        env.bridge.wait_for_no_pending()
        env.bridge.git("fsck", "--full", "--strict")


def test_there_is_one_bridge(env):
    done = env.bridge.run("daemon")
    assert done.returncode != 0
    assert str(env.bridge.process.pid) in done.stderr
    done = env.bridge.run("start", "--json")
    assert done.returncode == 0, done.stderr
    assert env.bridge.info()["pid"] == env.bridge.process.pid


def test_twenty_started_at_once_are_one(tmp_path):
    bridge = Bridge(tmp_path / "home")
    from bridge import PROGRAM
    starts = [subprocess.Popen([PROGRAM, "start", "--json"],
                               env=bridge.environment,
                               stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
              for _ in range(20)]
    try:
        told = set()
        for start in starts:
            out, err = start.communicate(timeout=60)
            assert start.returncode == 0, err
            told.add(__import__("json").loads(out)["pid"])
        assert told == {bridge.info()["pid"]}
    finally:
        bridge.run("stop")


def test_a_killed_bridge_leaves_nothing_in_the_way(env):
    env.bridge.kill()
    # Locks as libgit2 leaves them when it is killed in the middle.
    for name in ("refs/heads/dev.lock", "HEAD.lock", "config.lock"):
        path = env.bridge.history / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    assert env.bridge.json.exists()
    env.restart_bridge()
    assert env.client.deploy("crm.py", good())["outcome"] == "deployed"


def test_a_damaged_history_is_set_aside_and_deploys_go_on(env):
    first = env.client.deploy("crm.py", good(1))
    env.bridge.stop()
    commit = first["commit"]
    path = env.bridge.history / "objects" / commit[:2] / commit[2:]
    path.chmod(0o644)
    path.write_bytes(b"")
    env.restart_bridge()
    assert env.client.deploy("crm.py", good(2))["outcome"] == "deployed"
    aside = [one for one in env.bridge.history.parent.iterdir()
             if ".damaged" in one.name and one.is_dir()]
    assert len(aside) == 1
    words = aside[0].with_name(aside[0].name + ".txt").read_text()
    assert aside[0].name in words
    assert aside[0].name in env.bridge.log.read_text()


def test_sigterm_while_nothing_happens_is_clean(env):
    assert env.bridge.stop() == 0
    assert not env.bridge.json.exists()
    env.restart_bridge()


def test_a_client_that_goes_away_changes_nothing(env):
    env.ctl("server1", "delay", 1)
    params = delivered(env, "crm.py", good())
    env.client.abandon()
    env.client = env.bridge.client()
    assert outcome_of(env, params["id"])["outcome"] == "deployed"


def test_unknown_ids_stay_unknown_after_a_restart(env):
    env.bridge.kill()
    env.restart_bridge()
    with pytest.raises(RpcError) as caught:
        env.client.call("deploy/get", {
            "id": "00000000-0000-4000-8000-000000000001"})
    assert caught.value.reason == "unknown-deploy"


def test_an_older_version_in_the_pickup_directory_is_told(env):
    """As a loss of power can leave it: the history is flushed, the pickup
    directory is not."""
    first = env.client.deploy("crm.py", good(1))
    last = env.client.deploy("crm.py", good(2))
    env.client.deploy("other.py", good(3))
    assert last["outcome"] == "deployed", last
    path = next(path for path in env.pickup_files("crm.py") if path.exists())
    assert env.client.call("targets/test", {"target": "dev"})["ok"]
    env.bridge.kill()
    env.quietly(path, good(1))
    env.restart_bridge()
    words = (f"crm.py in {path.parent} is the version of "
             f"{first['commit'][:8]}, not that of {last['commit'][:8]}, which "
             f"was deployed last: deploy it again")
    wait_until(lambda: words in env.bridge.log.read_text(), "a warning")
    target = env.client.call("targets/test", {"target": "dev"})
    assert not target["ok"]
    assert target["problems"] == [f"{path.parents[3].name}: {words}"]
    done = env.bridge.run("doctor", "--json")
    assert done.returncode == 1, done.stderr
    assert words in done.stdout
    assert path.read_text() == good(1), "nothing is deployed by itself"
    again = env.client.deploy("crm.py", good(2))
    assert again["outcome"] == "deployed", again
    assert env.client.call("targets/test", {"target": "dev"})["ok"]
    env.bridge.kill()
    env.restart_bridge()
    assert env.client.call("targets/test", {"target": "dev"})["ok"]


def test_another_ones_version_is_no_older_one_of_ours(env):
    env.client.deploy("crm.py", good(1))
    path = next(path for path in env.pickup_files("crm.py") if path.exists())
    env.bridge.kill()
    env.quietly(path, "somebody = 'else'\n")
    env.restart_bridge()
    assert env.client.call("targets/test", {"target": "dev"})["ok"]

"""Servers that are stopped, silent, slow or forgetful: said so, never called
deployed."""

import re
import time

from bridge import wait_until
from env import Env
from modules import good, states


def test_a_stopped_server_is_named_and_confirms_later(env):
    env.stop_server("server2")
    begun = time.monotonic()
    deploy = env.client.deploy("crm.py", good())
    assert time.monotonic() - begun < 15  # not waited for
    assert deploy["outcome"] == "unconfirmed", deploy
    assert states(deploy) == ["confirmed", "stopped"]
    assert "server2 is stopped" in deploy["message"]
    assert not deploy.get("live")
    env.start_server("server2")
    late = env.client.change(
        lambda d: d["id"] == deploy["id"] and d.get("late"),
        "a late word of server2")
    assert late["outcome"] == "unconfirmed"
    if env.profile != "zato-2":
        assert states(late) == ["confirmed", "confirmed"] and late["live"]
        wait_until(lambda: "late" in env.bridge.git(
            "log", "-1", "--format=%s", "dev"), "the late commit")
        body = env.bridge.git("log", "-1", "--format=%B", "dev")
        assert f"Deploy-Id: {deploy['id']}" in body
        assert "Trigger: late" in body
        listed = env.client.call("history/list", {"target": "dev"})["deploys"]
        assert len(listed) == 1 and listed[0]["live"]


def test_no_server_runs_so_nothing_is_delivered(env):
    for name in env.names:
        env.stop_server(name)
    deploy = env.client.deploy("crm.py", good())
    assert deploy["outcome"] == "unreachable", deploy
    assert states(deploy) == ["stopped", "stopped"]
    assert not any(path.exists() for path in env.pickup_files("crm.py"))


def test_a_silent_server_is_unconfirmed_never_deployed(tmp_path):
    with Env(tmp_path, "zato-3.2", confirmTimeout="7s") as env:
        env.ctl("server2", "mute")
        deploy = env.client.deploy("crm.py", good())
        assert deploy["outcome"] == "unconfirmed", deploy
        assert states(deploy) == ["confirmed", "silent"]


def test_a_file_that_was_replaced_is_not_touched_and_that_is_told(tmp_path):
    with Env(tmp_path, "zato-4", servers=1, confirmTimeout="7s") as env:
        env.ctl("server1", "mute")
        number, deploy_id = env.client.ask_deploy("crm.py", good())
        env.client.change(lambda d: d["id"] == deploy_id and
                          d["state"] == "delivered", "delivery")
        theirs = "theirs = True\n"
        env.quietly(env.pickup_files("crm.py")[0], theirs)
        deploy = env.client.answer(number)
        assert deploy["outcome"] == "unconfirmed", deploy
        told = [one["message"] for one in deploy["warnings"]
                if one["code"] == "not-nudged"]
        assert len(told) == 1 and "does not hold this version" in told[0], \
            deploy
        assert env.pickup_files("crm.py")[0].read_text() == theirs


def test_a_missed_event_is_made_good_by_a_second_one(tmp_path):
    with Env(tmp_path, "zato-4", servers=1, confirmTimeout="20s") as env:
        env.ctl("server1", "drop", 1)
        deploy = env.client.deploy("crm.py", good())
        assert deploy["outcome"] == "deployed", deploy
        assert deploy["servers"][0].get("nudged") is True
        assert any(warning["code"] == "nudged"
                   for warning in deploy["warnings"])


def test_workers_must_all_have_spoken(tmp_path):
    with Env(tmp_path, "zato-3.2", servers=1, workers=3) as env:
        deploy = env.client.deploy("crm.py", good())
        assert deploy["outcome"] == "deployed", deploy
        log = env.log("server1").read_text()
        assert len(set(re.findall(r"- (\d+):\S+ - zato.hot-deploy.create:0 - "
                                  r"Deployed 1 service", log))) == 3


def test_the_log_is_followed_across_rotation(env32):
    for how in ("rename", "copytruncate", "rename"):
        assert env32.client.deploy("crm.py", good(1))["outcome"] == "deployed"
        env32.ctl("server1", "rotate", how)
        assert env32.client.deploy("crm.py", good(22))["outcome"] == "deployed"

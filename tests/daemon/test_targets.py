"""What is said about targets, and changes of the configuration."""

import json
import os

import pytest

from bridge import RpcError, wait_until
from modules import good


def test_a_changed_configuration_is_noticed_and_a_broken_one_is_not(env32):
    env32.bridge.add_target("second", [env32.server("server1")])
    wait_until(lambda: env32.client.call("targets/list") and any(
        note["method"] == "targets/changed" for note in env32.client.notes),
        "targets/changed")
    assert [one["name"] for one in env32.client.call("targets/list")[
        "targets"]] == ["dev", "second"]
    with open(env32.bridge.config, "a", encoding="utf-8") as file:
        file.write("[target\n")
    wait_until(lambda: "stays in force" in env32.bridge.log.read_text(),
               "the broken configuration is told in the log")
    assert env32.client.deploy("crm.py", good(), target="dev")[
        "outcome"] == "deployed"


def test_what_is_said_about_a_target(env):
    target = env.client.call("targets/test", {"target": "dev"})
    assert target["ok"] is True, target
    assert [server["running"] for server in target["servers"]] == [
        "yes", "yes"]
    assert all(server["profile"] == env.profile
               for server in target["servers"])
    assert json.dumps(target)
    env.stop_server("server2")
    target = env.client.call("targets/test", {"target": "dev"})
    assert target["servers"][1]["running"] == "no"
    assert target["servers"][1]["problems"]
    assert os.path.isdir(target["servers"][0]["pickup"])


def test_unknown_and_missing_targets_are_told(env32):
    with pytest.raises(RpcError) as caught:
        env32.client.deploy("crm.py", good(), target="prod")
    assert caught.value.reason == "unknown-target"
    assert "dev" in caught.value.message

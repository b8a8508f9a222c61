"""A save from a client's request to every server's own word, for each
version of Zato that there is a stand-in for."""

import pytest

from bridge import RpcError
from env import Env
from modules import IMPORT_ERROR, SYNTAX_ERROR, good, states


def test_a_good_module_is_deployed_on_every_server(env):
    deploy = env.client.deploy("crm.py", good())
    assert deploy["outcome"] == "deployed", deploy
    assert deploy["message"] == "deployed on 2 of 2 servers"
    assert states(deploy) == ["confirmed", "confirmed"]
    if env.profile != "zato-2":
        assert all(server["services"] == ["crm.get"]
                   for server in deploy["servers"])
    assert all(server["seconds"] >= 0 for server in deploy["servers"])
    assert 0 <= deploy["timings"]["recorded"] <= (
        deploy["timings"]["delivered"]) <= deploy["timings"]["confirmed"]
    assert deploy["diagnostics"] == []
    # The history holds it, and any git reads it.
    assert env.bridge.git("show", f"{deploy['commit']}:services/crm.py") == (
        good())
    assert env.bridge.git("rev-parse", "dev").strip() == deploy["commit"]
    assert env.bridge.git("rev-parse", "dev:services/crm.py").strip() == (
        deploy["blob"])
    assert env.bridge.git("log", "-1", "--format=%an <%ae>|%s", "dev").strip() \
        == "Ann Example <ann@example.org>|crm.py: deployed on 2 of 2"
    env.bridge.wait_for_no_pending()
    env.bridge.git("fsck", "--full", "--strict")


def test_the_changes_come_in_order_and_before_the_answer(env):
    deploy = env.client.deploy("crm.py", good())
    seen = [change for change in env.client.changes
            if change["id"] == deploy["id"]]
    order = ["recorded", "queued", "delivered", "done"]
    ranks = [order.index(change["state"]) for change in seen]
    assert ranks == sorted(ranks)
    assert seen[0]["state"] == "recorded" and seen[-1]["state"] == "done"
    assert "commit" not in seen[0] and "attempt" in seen[0]
    assert seen[-1]["commit"] == deploy["commit"]
    assert all("source" not in change for change in seen)


def test_a_module_that_cannot_be_imported_fails_on_its_line(env):
    path = "/home/ann/project/crm.py"
    deploy = env.client.deploy("crm.py", IMPORT_ERROR,
                               document={"path": path})
    assert deploy["outcome"] == "failed", deploy
    assert "failed" in states(deploy)
    found = deploy["diagnostics"][0]
    assert found["path"] == path and found["line"] == 2
    assert "nosuchmodule" in found["message"]
    assert found["server"].startswith("server")
    assert "nosuchmodule" in deploy["message"]


def test_a_syntax_error_never_leaves_the_machine(env):
    deploy = env.client.deploy("crm.py", SYNTAX_ERROR)
    assert deploy["outcome"] == "rejected"
    found = deploy["diagnostics"][0]
    assert found["line"] == 2 and found["column"] >= 1
    assert "SyntaxError" in found["message"] and "server" not in found
    assert not any(path.exists() for path in env.pickup_files("crm.py"))
    listed = env.client.call("history/list", {"target": "dev", "all": True})
    assert [one["outcome"] for one in listed["deploys"]] == ["rejected"]
    listed = env.client.call("history/list", {"target": "dev"})
    assert listed["deploys"] == []


def test_a_module_without_services_has_failed(env32):
    deploy = env32.client.deploy("crm.py", "x = 1\n")
    assert deploy["outcome"] == "failed"
    assert "no services" in deploy["message"]


def test_a_module_with_a_model_alone_is_deployed_on_4(env4):
    deploy = env4.client.deploy("crm.py", (
        "from dataclasses import dataclass\n"
        "from zato.server.service import Model\n\n\n"
        "@dataclass(init=False)\nclass Customer(Model):\n    name: str\n"))
    assert deploy["outcome"] == "deployed", deploy


def test_good_then_broken_then_good_again(env):
    outcomes = []
    for source in (good(1), IMPORT_ERROR, good(2)):
        outcomes.append(env.client.deploy("crm.py", source)["outcome"])
    assert outcomes == ["deployed", "failed", "deployed"]
    subjects = env.bridge.git("log", "--format=%s", "dev").splitlines()
    assert [subject.split(":")[0] for subject in subjects] == ["crm.py"] * 3


def test_stale_bytecode_is_never_taken_for_the_new_code(env):
    """Same size, within a second: Python would trust the old bytecode."""
    first = env.client.deploy("crm.py", good(1))
    second = env.client.deploy("crm.py", good(2))
    assert [first["outcome"], second["outcome"]] == ["deployed", "deployed"]
    for server in env.servers:
        answers = env.invoke(server, "crm.get")["workers"]
        assert [answer["payload"] for answer in answers] == [2]


def test_same_bytes_again_is_a_deploy_but_no_new_blob(env):
    first = env.client.deploy("crm.py", good())
    second = env.client.deploy("crm.py", good())
    assert second["outcome"] == "deployed", second
    assert first["blob"] == second["blob"]
    assert first["commit"] != second["commit"]
    assert second["previous"] == first["commit"]


def test_the_same_id_is_the_same_deploy(env32):
    params = env32.client.deploy_params("crm.py", good())
    first = env32.client.call("deploy", params)
    again = env32.client.call("deploy", params)
    assert first["commit"] == again["commit"]
    assert env32.bridge.git("rev-list", "--count", "dev").strip() == "1"
    with pytest.raises(RpcError) as caught:
        env32.client.call("deploy", {**params, "source": good(2)})
    assert caught.value.reason == "id-reused"
    assert env32.client.call("deploy/get", {"id": params["id"].upper()})[
        "commit"] == first["commit"]
    with pytest.raises(RpcError) as caught:
        env32.client.call("deploy/get", {
            "id": "00000000-0000-4000-8000-000000000000"})
    assert caught.value.reason == "unknown-deploy"


def test_many_modules_are_deployed_one_after_the_other(env):
    asked = [env.client.ask_deploy(f"crm_{i}.py", good().replace(
        "crm.get", f"crm.get{i}"))[0] for i in range(5)]
    assert [env.client.answer(number)["outcome"] for number in asked] == (
        ["deployed"] * 5)


def test_a_newer_save_replaces_one_that_waits(env32):
    env32.ctl("server1", "delay", 3)
    env32.ctl("server2", "delay", 3)
    first, first_id = env32.client.ask_deploy("other.py", good())
    env32.client.change(lambda d: d["id"] == first_id and
                        d["state"] == "delivered", "the first is delivered")
    second, _ = env32.client.ask_deploy("crm.py", good(1))
    third, _ = env32.client.ask_deploy("crm.py", good(2))
    assert env32.client.answer(second)["outcome"] == "superseded"
    assert env32.client.answer(first)["outcome"] == "deployed"
    assert env32.client.answer(third)["outcome"] == "deployed"
    assert env32.bridge.git("rev-list", "--count", "dev").strip() == "2"


def test_what_waits_can_be_cancelled_and_what_is_delivered_cannot(env32):
    env32.ctl("server1", "delay", 1)
    first, first_id = env32.client.ask_deploy("other.py", good())
    env32.client.change(lambda d: d["id"] == first_id and
                        d["state"] == "delivered", "the first is delivered")
    second, second_id = env32.client.ask_deploy("crm.py", good())
    env32.client.change(lambda d: d["id"] == second_id and
                        d["state"] == "queued", "the second waits")
    assert env32.client.call("deploy/cancel", {"id": second_id})[
        "outcome"] == "cancelled"
    assert env32.client.answer(second)["outcome"] == "cancelled"
    with pytest.raises(RpcError) as caught:
        env32.client.call("deploy/cancel", {"id": first_id})
    assert caught.value.reason == "too-late"
    assert env32.client.answer(first)["outcome"] == "deployed"
    assert not any(path.exists() for path in env32.pickup_files("crm.py"))


def test_targets_do_not_wait_for_each_other(tmp_path):
    with Env(tmp_path / "a", "zato-3.2") as slow:
        slow.second_target("fast")
        slow.ctl("server1", "mute")
        slow.ctl("server2", "mute")
        number, slow_id = slow.client.ask_deploy("crm.py", good(),
                                                 target="dev")
        slow.client.change(lambda d: d["id"] == slow_id and
                           d["state"] == "delivered", "delivered")
        deploy = slow.client.deploy("crm.py", good(), target="fast")
        assert deploy["outcome"] == "deployed"
        assert number not in slow.client.answers


def test_the_same_bytes_again_and_again_are_deployed_each_time(env32):
    for _ in range(4):
        deploy = env32.client.deploy("crm.py", good())
        assert deploy["outcome"] == "deployed", deploy
        assert deploy["warnings"] == [], "no server had to be asked again"

"""A save from a client's request to every server's own word, for each
version of Zato that there is a stand-in for."""

import json
import os
import re
import time

import pytest

from bridge import RpcError, wait_until
from env import Env, PROFILES

GOOD = """\
from zato.server.service import Service


class Get(Service):
    name = 'crm.get'

    def handle(self):
        self.response.payload = {number}
"""
IMPORT_ERROR = "x = 1\nimport nosuchmodule\n"
SYNTAX_ERROR = "x = 1\ndef broken(:\n    pass\n"


def good(number=1):
    return GOOD.replace("{number}", str(number))


@pytest.fixture(params=PROFILES)
def env(request, tmp_path):
    with Env(tmp_path, request.param) as one:
        yield one


@pytest.fixture
def env32(tmp_path):
    with Env(tmp_path, "zato-3.2") as one:
        yield one


@pytest.fixture
def env4(tmp_path):
    with Env(tmp_path, "zato-4") as one:
        yield one


def states(deploy):
    return [server["state"] for server in deploy["servers"]]


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


# ---- servers that are not there, or do not speak -------------------------

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


# ---- somebody else -------------------------------------------------------

def test_what_lay_there_is_recorded_before_it_goes(env32):
    env32.pickup_files("crm.py")[0].write_text("theirs = 1\n")
    deploy = env32.client.deploy("crm.py", good())
    assert deploy["outcome"] == "deployed", deploy
    assert env32.bridge.git("show", f"{deploy['found']}:services/crm.py") == (
        "theirs = 1\n")
    assert "Trigger: found" in env32.bridge.git(
        "log", "-1", "--format=%B", deploy["found"])


def test_a_change_of_somebody_else_is_a_conflict(env32):
    assert env32.client.deploy("crm.py", good(1))["outcome"] == "deployed"
    pickup = env32.pickup_files("crm.py")[0]
    env32.quietly(pickup, "theirs = 1\n")
    deploy = env32.client.deploy("crm.py", good(2))
    assert deploy["outcome"] == "conflict", deploy
    assert pickup.read_text() == "theirs = 1\n"
    assert env32.bridge.git("show", f"{deploy['found']}:services/crm.py") == (
        "theirs = 1\n")
    assert deploy["found"][:7] in deploy["message"]
    forced = env32.client.deploy("crm.py", good(3), force=True)
    assert forced["outcome"] == "deployed", forced
    assert pickup.read_text() == good(3)


def test_the_same_bytes_again_and_again_are_deployed_each_time(env32):
    for _ in range(4):
        deploy = env32.client.deploy("crm.py", good())
        assert deploy["outcome"] == "deployed", deploy
        assert deploy["warnings"] == [], "no server had to be asked again"


def test_a_conflict_is_not_settled_by_saving_once_more(env32):
    assert env32.client.deploy("crm.py", good(1))["outcome"] == "deployed"
    pickup = env32.pickup_files("crm.py")[0]
    env32.quietly(pickup, "theirs = 1\n")
    first = env32.client.deploy("crm.py", good(2))
    for again in (3, 4):
        deploy = env32.client.deploy("crm.py", good(again))
        assert deploy["outcome"] == "conflict", deploy
        assert deploy["found"] == first["found"], "recorded once"
        assert pickup.read_text() == "theirs = 1\n"
    forced = env32.client.deploy("crm.py", good(5), force=True)
    assert forced["outcome"] == "deployed", forced
    assert env32.client.deploy("crm.py", good(6))["outcome"] == "deployed"


def test_with_overwrite_there_is_no_conflict(tmp_path):
    with Env(tmp_path, "zato-3.2", onConflict="overwrite") as env:
        assert env.client.deploy("crm.py", good(1))["outcome"] == "deployed"
        env.quietly(env.pickup_files("crm.py")[0], "theirs = 1\n")
        deploy = env.client.deploy("crm.py", good(2))
        assert deploy["outcome"] == "deployed", deploy
        assert deploy["found"]


def test_a_link_in_the_place_of_the_module_is_refused(env32, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("keep\n")
    env32.pickup_files("crm.py")[0].symlink_to(secret)
    deploy = env32.client.deploy("crm.py", good())
    assert deploy["outcome"] == "rejected", deploy
    assert str(secret) in deploy["message"]
    assert secret.read_text() == "keep\n"


# ---- rules ---------------------------------------------------------------

def test_saves_follow_the_targets_rule(tmp_path):
    with Env(tmp_path, "zato-3.2", servers=1, onSave="marker") as env:
        with pytest.raises(RpcError) as caught:
            env.client.deploy("crm.py", good(), trigger="save")
        assert caught.value.reason == "not-on-save"
        marked = "# zato: ide-deploy=True\n" + good()
        assert env.client.deploy("crm.py", marked, trigger="save")[
            "outcome"] == "deployed"
        assert env.client.deploy("crm.py", good())["outcome"] == "deployed"


def test_a_guarded_target_wants_a_yes(tmp_path):
    with Env(tmp_path, "zato-3.2", servers=1, guard="confirm") as env:
        params = env.client.deploy_params("crm.py", good(), force=True)
        with pytest.raises(RpcError) as caught:
            env.client.call("deploy", params)
        assert caught.value.reason == "needs-confirmation"
        assert env.client.call("deploy", {**params, "confirmed": True})[
            "outcome"] == "deployed"
        with pytest.raises(RpcError) as caught:
            env.client.call("rollback", {
                "id": "10000000-0000-4000-8000-000000000000",
                "target": "dev", "module": "crm.py"})
        assert caught.value.reason == "needs-confirmation"


@pytest.mark.parametrize("module", [
    "crm", "crm-x.py", "1crm.py", "class.py", ".py", "../crm.py", "a/b.py",
    "/etc/passwd.py", "crm.py.py", "crm\u200b.py", "con nector.py"])
def test_names_that_are_no_modules_are_rejected(env32, module):
    deploy = env32.client.deploy(module, good())
    assert deploy["outcome"] == "rejected", deploy
    assert list(env32.pickup("server1").iterdir()) == []


def test_a_name_that_shadows_is_warned_of(env32):
    deploy = env32.client.deploy("json.py", good())
    assert [warning["code"] for warning in deploy["warnings"]] == [
        "shadows-stdlib"]


def test_too_large_and_badly_encoded_modules_are_rejected(env32):
    deploy = env32.client.deploy("crm.py", "#" * (1024 * 1024 + 1))
    assert deploy["outcome"] == "rejected" and "1" in deploy["message"]
    deploy = env32.client.deploy("crm.py", "# coding: latin-1\n" + good())
    assert deploy["outcome"] == "rejected", deploy


def test_unknown_and_missing_targets_are_told(env32):
    with pytest.raises(RpcError) as caught:
        env32.client.deploy("crm.py", good(), target="prod")
    assert caught.value.reason == "unknown-target"
    assert "dev" in caught.value.message


# ---- history over the wire -----------------------------------------------

def test_history_source_diff_live_and_rollback(env32):
    made = [env32.client.deploy("crm.py", good(i)) for i in (1, 22, 333)]
    listed = env32.client.call("history/list", {
        "target": "dev", "module": "crm.py", "limit": 2})
    assert [one["commit"] for one in listed["deploys"]] == [
        made[2]["commit"], made[1]["commit"]]
    rest = env32.client.call("history/list", {
        "target": "dev", "module": "crm.py", "before": listed["next"]})
    assert [one["commit"] for one in rest["deploys"]] == [made[0]["commit"]]
    assert "next" not in rest
    assert env32.client.call("history/source", {
        "target": "dev", "module": "crm.py",
        "commit": made[0]["commit"][:8]})["source"] == good(1)
    patch = env32.client.call("history/diff", {
        "target": "dev", "module": "crm.py", "from": made[0]["commit"],
        "to": made[2]["commit"]})["patch"]
    assert "-        self.response.payload = 1" in patch
    assert "+        self.response.payload = 333" in patch
    live = env32.client.call("history/live", {
        "target": "dev", "module": "crm.py"})["live"]
    assert {one["server"]: one["blob"] for one in live} == {
        "server1": made[2]["blob"], "server2": made[2]["blob"]}
    back = [env32.client.call("rollback", {
        "id": f"{step}0000000-0000-4000-8000-000000000000", "target": "dev",
        "module": "crm.py"}) for step in (1, 2)]
    assert [one["blob"] for one in back] == [
        made[1]["blob"], made[0]["blob"]]
    assert back[0]["trigger"] == "rollback"
    assert back[0]["outcome"] == "deployed"
    with pytest.raises(RpcError) as caught:
        env32.client.call("rollback", {
            "id": "30000000-0000-4000-8000-000000000000", "target": "dev",
            "module": "crm.py"})
    assert caught.value.reason == "nothing-to-restore"
    chosen = env32.client.call("rollback", {
        "id": "40000000-0000-4000-8000-000000000000", "target": "dev",
        "module": "crm.py", "commit": made[2]["commit"]})
    assert chosen["blob"] == made[2]["blob"]
    env32.bridge.git("fsck", "--full", "--strict")


def test_the_history_can_be_cloned(env32, tmp_path):
    env32.client.deploy("crm.py", good())
    import subprocess
    subprocess.run(["git", "clone", "-q", env32.bridge.history,
                    tmp_path / "clone"], check=True, capture_output=True)
    assert (tmp_path / "clone/services/crm.py").read_text() == good()


# ---- the configuration ---------------------------------------------------

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

"""What a target's settings and a module's name, size and place allow."""

import pytest

from bridge import RpcError
from env import Env
from modules import good


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


def test_a_link_in_the_place_of_the_module_is_refused(env32, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("keep\n")
    env32.pickup_files("crm.py")[0].symlink_to(secret)
    deploy = env32.client.deploy("crm.py", good())
    assert deploy["outcome"] == "rejected", deploy
    assert str(secret) in deploy["message"]
    assert secret.read_text() == "keep\n"

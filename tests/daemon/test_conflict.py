"""What somebody else put there: recorded, and not written over unasked."""

from env import Env
from modules import good


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

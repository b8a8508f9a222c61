"""The history over the wire, and for any git."""

import subprocess

import pytest

from bridge import RpcError
from modules import good


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
    subprocess.run(["git", "clone", "-q", env32.bridge.history,
                    tmp_path / "clone"], check=True, capture_output=True)
    assert (tmp_path / "clone/services/crm.py").read_text() == good()

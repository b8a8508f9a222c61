"""Deploys of a target go out in the order in which they were asked for,
however long each of them takes to look into."""

import pytest

from env import Env
from modules import good

ROUNDS = 6
BURST = 24


@pytest.fixture
def env32(tmp_path):
    with Env(tmp_path, "zato-3.2") as one:
        yield one


def test_of_a_burst_of_saves_the_last_one_is_what_the_servers_get(env32):
    for first in range(0, ROUNDS * BURST, BURST):
        asked = [env32.client.ask_deploy("crm.py", good(first + i))[0]
                 for i in range(BURST)]
        outcomes = [env32.client.answer(number)["outcome"]
                    for number in asked]
        assert outcomes[-1] == "deployed", outcomes
        file = env32.pickup("server1") / "crm.py"
        assert file.read_text() == good(first + BURST - 1)


def test_modules_go_out_in_the_order_in_which_they_were_saved(env32):
    names = [f"crm_{i}.py" for i in range(BURST)]
    asked = {}
    for name in names:
        source = good().replace("crm.get", name)
        number, deploy = env32.client.ask_deploy(name, source)
        asked[deploy] = number
    for number in asked.values():
        assert env32.client.answer(number)["outcome"] == "deployed"
    delivered = [change["module"] for change in env32.client.changes
                 if change["state"] == "delivered"]
    assert list(dict.fromkeys(delivered)) == names

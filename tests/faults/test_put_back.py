"""Somebody else changes the module between the bridge's look at it and its
swap. What came out goes back; where it cannot, it is kept and told of, and the
deploy says that its own version lies there."""

import contextlib

import pytest

import traced
from bridge import wait_until
from world import World

MODULE = "crm.py"
THEIRS = b"theirs = True\n"
# Microseconds that the staged file's last touches take: time for a change.
DELAY = 300_000


@pytest.fixture
def world(tmp_path):
    with World(tmp_path, onConflict="stop") as one:
        one.deploy(MODULE)
        yield one


@contextlib.contextmanager
def swaps(world, inject):
    """From the second swap on, which puts back, something happens."""
    with traced.attached(world.bridge, "worker", ["fchmod", "renameat2"], "-e",
                         f"inject=fchmod:delay_enter={DELAY}", "-e",
                         f"inject=renameat2:{inject}"):
        yield


def staged(world):
    return sorted((world.server.folder / ".hotbridge").glob("*"))


def deploy_into_a_change(world):
    """Gives the id and the number of the call."""
    source = world.source()
    number, deploy_id = world.client.ask_deploy(MODULE, source)
    wait_until(lambda: staged(world), "the staged file")
    world.server.change(MODULE, THEIRS)
    return source.encode(), number, deploy_id


def kept(world):
    """The one file in the staging folder."""
    there = staged(world)
    assert [path.read_bytes() for path in there] == [THEIRS], there
    return there[0]


def restart(world):
    if world.bridge.process is not None:
        world.bridge.stop()
    world.leave()
    world.start()


def test_a_moment_s_failure_is_a_conflict_as_any(world):
    with swaps(world, "error=EIO:when=2"):
        _, number, _ = deploy_into_a_change(world)
        deploy = world.client.answer(number)
    assert deploy["outcome"] == "conflict", deploy
    assert world.pickup(MODULE) == THEIRS
    assert not staged(world)


@pytest.mark.parametrize("error", ["EROFS", "EIO"])
def test_what_cannot_be_put_back_is_kept_and_told(world, error):
    with swaps(world, f"error={error}:when=2+"):
        source, number, _ = deploy_into_a_change(world)
        deploy = world.client.answer(number)
    assert world.pickup(MODULE) == source
    assert deploy["outcome"] == "deployed", deploy
    assert [one["code"] for one in deploy["warnings"]] == ["foreign-kept"]
    assert str(kept(world)) in deploy["warnings"][0]["message"]
    # Nor does a bridge remove it that comes later, or a deploy.
    restart(world)
    wait_until(lambda: staged(world)[0].suffix == ".kept", "its own name")
    world.deploy(MODULE)
    restart(world)
    world.deploy(MODULE)
    kept(world)


def test_killed_in_between_nothing_is_lost(world):
    with swaps(world, "signal=KILL:when=2"):
        source, _, deploy_id = deploy_into_a_change(world)
        assert world.gone() == -9
    assert world.pickup(MODULE) == source
    world.start()
    world.outcome(deploy_id, poke=True)
    wait_until(lambda: staged(world)[0].suffix == ".kept", "its own name")
    assert str(kept(world)) in world.bridge.log.read_text()

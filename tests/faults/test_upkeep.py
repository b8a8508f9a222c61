"""The history is packed while nobody deploys, by a git that may be killed at
any moment, or may not be there. The program is one that packs soon."""

import os
import shutil
import sys

import pytest

import planted
import traced
from bridge import wait_until
from world import World

# Commits after which that program packs.
COMMITS = 6
# From a killed git, once: the first call with the word.
GIT = """#!/bin/sh
case " $* " in
*" repack "*)
    if mkdir '{once}' 2>/dev/null; then
        exec strace -f -qq -o /dev/null -e trace={call} -e \
            inject={call}:signal=KILL:when={number} '{git}' "$@"
    fi ;;
esac
exec '{git}' "$@"
"""


def program(folder, name, text):
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def world(tmp_path):
    with planted.running(planted.build("packs-soon")):
        one = World(tmp_path)
        with one:
            one.leave()
            one.bridge.stop()
            yield one


def start(world, path, **more):
    world.bridge.start(environment={"PATH": path, **more})
    world.client = world.bridge.client()


def said(world, words):
    return world.bridge.log.read_text().count(words)


def deploys(world):
    for _ in range(COMMITS):
        world.deploy("crm.py")


def packs(world):
    folder = world.bridge.history / "objects/pack"
    return sorted(path.name for path in folder.iterdir())


def listed(world):
    page = world.client.call("history/list", {"target": "dev", "limit": 100})
    return len(page["deploys"])


# Its pack is about to get a name, of two kinds; loose objects are going.
@pytest.mark.parametrize("call, number", [("rename", 1), ("rename", 3),
                                          ("unlink", 2)])
def test_git_is_killed_while_it_packs(world, call, number):
    folder = world.folder / "bin"
    program(folder, "git", GIT.format(
        once=world.folder / "killed", call=call, number=number,
        git=shutil.which("git")))
    start(world, f"{folder}:{os.environ['PATH']}")
    deploys(world)
    wait_until(lambda: said(world, "git repack ended with"), "its end")
    if (call, number) == ("rename", 1):
        assert any(name.startswith("tmp_") for name in packs(world))
    world.bridge.wait_for_no_pending()
    world.check_history()
    assert listed(world) == COMMITS
    # The next one packs.
    deploys(world)
    wait_until(lambda: said(world, "the history was packed"), "a pack")
    world.bridge.wait_for_no_pending()
    world.check_history()
    assert any(name.endswith(".pack") for name in packs(world))
    assert listed(world) == 2 * COMMITS
    # What the killed one left goes with the next start.
    world.leave()
    world.bridge.stop()
    start(world, os.environ["PATH"])
    assert all(name.startswith("pack-") for name in packs(world)), packs(world)
    assert listed(world) == 2 * COMMITS
    assert not said(world, "damaged")


def without_git(world):
    folder = world.folder / "bin"
    folder.mkdir()
    (folder / "python3").symlink_to(sys.executable)
    start(world, str(folder))


def test_there_is_no_git(world):
    without_git(world)
    for turn in (1, 2, 3):
        checks = said(world, "the history is whole")
        deploys(world)
        wait_until(lambda: said(world, "the history is whole") > checks,
                   "the check before packing")
    assert listed(world) == 3 * COMMITS
    # It was wanted again, and said once.
    wait_until(lambda: said(world, "git cannot be run"), "a word of it")
    assert said(world, "git cannot be run") == 1
    assert packs(world) == []
    world.bridge.wait_for_no_pending()
    world.check_history()


def test_there_is_no_git_any_more_when_damage_is_found(world):
    """A pack that is whole is taken over all the same."""
    start(world, os.environ["PATH"])
    deploys(world)
    wait_until(lambda: said(world, "the history was packed"), "a pack")
    world.bridge.wait_for_no_pending()
    world.leave()
    world.bridge.stop()
    (world.bridge.history / "refs/heads/dev").write_text("nothing\n")
    without_git(world)
    assert said(world, "the history was damaged")
    assert listed(world) == COMMITS
    world.deploy("other.py")
    world.bridge.wait_for_no_pending()
    world.check_history()


# From a git that is let go, and then waits for a while before it deletes what
# it has packed.
SLOW_GIT = """#!/bin/sh
case " $* " in
*" repack "*)
    : >'{begun}'
    until [ -e '{go}' ]; do sleep .01; done
    exec strace -f -qq -o /dev/null -e trace=unlink -e \
        inject=unlink:delay_enter=4000000:when=5 '{git}' "$@" ;;
esac
exec '{git}' "$@"
"""


def test_git_packs_what_is_set_aside_meanwhile(world):
    """Its pack is made after a new repository has taken over what was there,
    and under no other name than before: it deletes nothing of the new one."""
    folder = world.folder / "bin"
    begun, go = world.folder / "begun", world.folder / "go"
    program(folder, "git", SLOW_GIT.format(
        git=shutil.which("git"), begun=begun, go=go))
    start(world, f"{folder}:{os.environ['PATH']}", UV_THREADPOOL_SIZE="1")
    deploys(world)
    wait_until(begun.exists, "git to begin")
    history = world.bridge.history
    (history / "refs/heads/dev").write_text("nothing\n")
    with traced.attached(world.bridge, "worker", ["syncfs"], "-e",
                         "inject=syncfs:delay_enter=3000000"):
        number, _ = world.client.ask_deploy("other.py", world.source())
        # The new one has everything, and is on its way to the disk.
        wait_until(lambda: any(history.parent.glob(
            history.name + ".damaged-*/refs/hotbridge/pending/*")), "a heal")
        go.touch()
        assert world.client.answer(number)["outcome"] == "deployed"
    assert said(world, "is set aside as") == 1
    assert not said(world, "the history was packed")
    loose = sorted(history.glob("objects/??/*"))
    wait_until(lambda: said(world, "the history was packed") or
               said(world, "git repack ended"), "its end")
    assert loose and [path for path in loose if not path.exists()] == []
    world.bridge.wait_for_no_pending()
    world.check_history()
    assert listed(world) == COMMITS + 1

"""A damaged history and the new one change names where the file system cannot
exchange them: three renames, each of which may fail, or be the last thing that
a bridge does."""

import json
import pathlib
import subprocess
import time

import pytest

import bridge as harness
from world import World

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "wire/files/status.json"


@pytest.fixture
def world(tmp_path):
    """Three deploys, and then damage."""
    with World(tmp_path) as one:
        commits = []
        for _ in range(3):
            one.deploy("crm.py")
            one.bridge.wait_for_no_pending()
            commits.append(one.bridge.git("rev-parse", "dev").strip())
        one.bridge.stop()
        one.leave()
        path = one.bridge.history / "objects" / commits[0][:2] / commits[0][2:]
        path.chmod(0o644)
        path.write_bytes(b"")
        tip = one.bridge.history / "objects" / commits[2][:2] / commits[2][2:]
        tip.chmod(0o644)
        tip.write_bytes(b"")
        yield one


def moved(world):
    """What a start of about now moves: strace looks at the first name."""
    path = str(world.bridge.history)
    now = int(time.time())
    aside = [f"{path}.damaged-{now + more}" for more in range(30)]
    return [path, *aside, *(name + ".old" for name in aside)]


def start_without_exchange(world, injected):
    """One more start; gives whether it came to be, and ends it."""
    paths = [word for path in moved(world) for word in ("-P", path)]
    with open(world.bridge.log, "ab") as log:
        process = subprocess.Popen(
            ["strace", "-D", "-o", world.folder / "trace", *paths, "-e",
             "trace=rename,renameat2", "-e",
             "inject=renameat2:error=EINVAL", *injected, harness.PROGRAM,
             "daemon", "--ready-fd", "1"], env=world.bridge.environment,
            stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL)
        with process.stdout as pipe:
            ready = pipe.readline().strip() == b"ready"
        process.terminate()
        process.wait(harness.PATIENCE)
    return ready


def names(world):
    state = world.bridge.history.parent
    return sorted(path.name for path in state.glob("history.git*"))


def goes_on(world):
    """The next start has the history of before, and one damaged one."""
    world.start()
    deploys = world.client.call("history/list", {
        "target": "dev", "limit": 10})["deploys"]
    assert deploys, "the history is gone"
    world.deploy("other.py")
    world.bridge.wait_for_no_pending()
    world.check_history()
    aside = [name for name in names(world) if not name.endswith(".txt")]
    assert len(aside) == 2 and aside[0] == "history.git", aside
    assert aside[1].startswith("history.git.damaged-"), aside
    assert not aside[1].endswith(".old"), aside
    return aside[1]


def test_without_an_exchange_they_change_names_too(world):
    assert start_without_exchange(world, [])
    aside = goes_on(world)
    assert aside + ".txt" in names(world)
    told = json.loads(world.bridge.run("status", "--json").stdout)
    assert list(told) == list(json.loads(GOLDEN.read_text()))
    assert told["damaged"] == [str(world.bridge.history.with_name(aside))]


@pytest.mark.parametrize("injected, between", [
    ("inject=rename:error=EIO:when=1", False),
    ("inject=rename:error=EIO:when=2", False),   # and is moved back
    ("inject=rename:error=EIO:when=2+", True),
    ("inject=rename:signal=KILL:when=2", True),
])
def test_a_swap_is_cut_short(world, injected, between):
    assert not start_without_exchange(world, ["-e", injected])
    old = [name for name in names(world) if name.endswith(".old")]
    assert bool(old) == between, names(world)
    assert world.bridge.history.exists() != between
    if not between:
        assert names(world) == ["history.git"], names(world)
    goes_on(world)


def test_the_last_of_three_names_comes_later(world):
    """As a kill before the third rename leaves it."""
    assert start_without_exchange(world, [])
    state = world.bridge.history.parent
    aside = next(state / name for name in names(world)
                 if not name.endswith((".git", ".txt")))
    words = aside.with_name(aside.name + ".txt")
    aside.rename(aside.with_name(aside.name + ".old"))
    words.rename(aside.with_name(aside.name + ".old.txt"))
    assert goes_on(world) == aside.name
    assert words.exists()

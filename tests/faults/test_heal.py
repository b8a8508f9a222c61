"""The history heals: whatever is done to a file of its repository is noticed
and told in words, deploys go on, and what is damaged is set aside whole."""

import contextlib
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

import figures
import planted
from bridge import Bridge, RpcError, wait_until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bench"))
from quick_server import QuickServer  # noqa: E402

TARGET = "dev"
MODULES = ["one.py", "two.py", "three.py"]
# The bridge looks at everything two seconds after its start.
CHECKED = 60


# ---- what is done to a file -------------------------------------------------

def cut(path):
    os.truncate(path, path.stat().st_size // 2)


def zero(path):
    path.write_bytes(bytes(path.stat().st_size))


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x20
    path.write_bytes(data)


def delete(path):
    path.unlink()


DAMAGES = [cut, zero, flip, delete]


def damage_it(how, path):
    """As a bad disk would: whatever the file's mode, and only this name of
    it."""
    beside = path.with_name(path.name + "-damaged")
    shutil.copy(path, beside)
    os.chmod(beside, 0o644)
    os.replace(beside, path)
    how(path)


# ---- a history to damage ----------------------------------------------------

class History:
    """A bridge with a server, and a history with a pack and loose objects,
    which can be put back as it was."""

    def __init__(self, folder):
        self.folder = folder
        self.server = QuickServer(folder / "env" / "server1")
        self.bridge = Bridge(folder / "home")
        self.bridge.add_target(TARGET, [self.server.folder], onSave="always",
                               onConflict="overwrite")
        self.number = 0
        self.client = None
        self.tried = 0
        self.noticed = 0
        self.harmless = 0
        self.start()
        for number in range(9):
            self.deploy(MODULES[number % 3])
        with contextlib.suppress(RpcError):
            self.client.deploy("bad name.py", "x = 1\n")
        self.client.deploy("../bad.py", "x = 1\n")
        self.stop()
        self.bridge.git("repack", "-d", "-q", "--geometric=2",
                        "--no-write-bitmap-index")
        self.start()
        for number in range(6):
            self.deploy(MODULES[number % 2])
        self.stop()
        self.whole = folder / "whole"
        shutil.copytree(self.path, self.whole, symlinks=True)
        self.count = 15

    @property
    def path(self):
        return self.bridge.history

    @property
    def state(self):
        return self.path.parent

    def start(self):
        self.bridge.start()
        self.client = self.bridge.client()

    def stop(self):
        if self.client is not None:
            self.client.abandon()
            self.client = None
        if self.bridge.process is not None:
            assert self.bridge.stop() == 0, self.log()

    def log(self):
        return self.bridge.log.read_text(errors="replace")

    def deploy(self, module):
        self.number += 1
        deploy = self.client.deploy(
            module, f"x = {self.number}\n" + "#" * self.number + "\n")
        assert deploy["outcome"] == "deployed", deploy
        return deploy

    def list(self, **more):
        return self.client.call("history/list", {
            "target": TARGET, "limit": 500, **more})["deploys"]

    def aside(self):
        return [path for path in self.state.glob("history.git.damaged-*")
                if path.is_dir() or path.suffix != ".txt"]

    def reset(self):
        self.stop()
        for path in self.state.glob("history.git*"):
            if path.is_dir():
                path.chmod(0o700)
                shutil.rmtree(path)
            else:
                path.unlink()
        shutil.copytree(self.whole, self.path, symlinks=True)
        self.bridge.log.write_text("")


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    one = History(tmp_path_factory.mktemp("heal"))
    yield one
    one.stop()


def sums(folder):
    """Each file of a folder, by what it holds."""
    return {str(path.relative_to(folder)):
            hashlib.sha1(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


# Files that carry nothing of the history: what happens to them may pass
# without a word, as long as nothing else does.
def carries_nothing(name):
    return (name.startswith(("hooks/", "info/", "objects/info/",
                             "hotbridge.marks/")) or
            name == "description" or name.endswith((".rev", ".txt")))


def told(history, words="set aside"):
    """Noticed: in the log, by status and by doctor, and nothing is gone."""
    assert words in history.log(), history.log()
    status = history.bridge.run("status")
    doctor = history.bridge.run("doctor")
    aside = history.aside()
    assert aside, history.log()
    for path in aside:
        assert str(path) in status.stdout, status.stdout
        assert path.name in doctor.stdout.replace("\n", ""), doctor.stdout
    return aside[0]


def check_goes_on(history, least):
    """Deploys go on, and so does looking back; git finds nothing wrong."""
    deploy = history.deploy("one.py")
    listed = history.list()
    assert listed[0]["id"] == deploy["id"]
    assert len(listed) >= least, (len(listed), least, history.log())
    assert history.client.call("history/source", {
        "target": TARGET, "module": "one.py", "commit": deploy["commit"]})[
            "source"].startswith(f"x = {history.number}\n")
    return listed


def damaged_is_noticed(history, name, how):
    """One file of the stopped bridge's history; True when it was noticed."""
    history.reset()
    damage_it(how, history.path / name)
    before = sums(history.path)
    history.start()
    wait_until(lambda: "set aside" in history.log() or
               "is made anew" in history.log() or
               "the history is whole" in history.log(),
               f"{how.__name__} {name} to be looked at", CHECKED)
    least = history.count - 1
    if "set aside" in history.log():
        aside = told(history)
        after = sums(aside)
        assert {path: after.get(path) for path in before
                if not path.endswith(".lock")} == before, "not as it was"
        least = 1
    elif not carries_nothing(name) and "is made anew" not in history.log():
        # What was noticed by nobody has harmed nobody: git agrees.
        git = subprocess.run(
            ["git", "--git-dir", history.path, "fsck", "--full", "--strict"],
            capture_output=True, text=True, check=False)
        assert git.returncode == 0, (name, how.__name__, git.stderr)
    listed = check_goes_on(history, least)
    return ("set aside" in history.log() or "is made anew" in history.log(),
            len(listed) - 1)


def names_of(history):
    names = [str(path.relative_to(history.whole))
             for path in sorted(history.whole.rglob("*")) if path.is_file()]
    if figures.FULL:
        return names
    # One of each kind of object and of each other file that carries history.
    kept = []
    kinds = {}
    for name in names:
        if name.startswith("objects/") and name[10] == "/":
            oid = name[8:].replace("/", "")
            kind = history.bridge.git("cat-file", "-t", oid).strip()
            kinds.setdefault(kind, []).append(name)
        elif not carries_nothing(name):
            kept.append(name)
    return kept + [some[len(some) // 2] for some in kinds.values()]


# ---- the suite --------------------------------------------------------------

def test_every_file_of_a_stopped_bridges_history(history):
    """Each file, each damage (in the short form one damage a file)."""
    names = names_of(history)
    kept = []
    for number, name in enumerate(names):
        for how in (DAMAGES if figures.FULL else [DAMAGES[number % 4]]):
            noticed, listed = damaged_is_noticed(history, name, how)
            history.tried += 1
            history.noticed += noticed
            history.harmless += not noticed
            if noticed:
                kept.append(listed / history.count)
            must = not carries_nothing(name) and name != "config" and not (
                name.startswith("objects/pack/") and name.endswith(".rev"))
            assert noticed or not must, (
                f"{how.__name__} of {name} went unnoticed", history.log())
    history.kept = sorted(kept)

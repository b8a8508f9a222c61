"""The history heals: whatever is done to a file of its repository is noticed
and told in words, deploys go on, and what is damaged is set aside whole."""

import base64
import contextlib
import hashlib
import os
import resource
import shutil
import signal
import subprocess

import pytest

import bridge as harness
import figures
import planted
import traced
from bridge import Bridge, RpcError, wait_until
from quick_server import QuickServer

TARGET = "dev"
MODULES = ["one.py", "two.py", "three.py"]
# The bridge looks at everything two seconds after its start.
CHECKED = 30


# ---- what is done to a file -------------------------------------------------

def cut(path):
    os.truncate(path, path.stat().st_size // 2)


def zero(path):
    path.write_bytes(bytes(path.stat().st_size))


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x01
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
        self.kept = []  # the share of the deploys that is still listed
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
        """What was deployed; what a server had of its own, since the history
        went back, does not count."""
        page = self.client.call("history/list", {
            "target": TARGET, "limit": 500, **more})
        return [deploy for deploy in page["deploys"]
                if deploy["trigger"] != "found"]

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
# without a word, as long as nothing else does. The journal is empty then.
def carries_nothing(name):
    return (name.startswith(("hooks/", "info/", "objects/info/",
                             "hotbridge.marks/")) or
            name in ("description", "hotbridge.journal") or name.endswith((".rev", ".txt")))


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


# Where the bridge puts loose objects that are not whole.
PUT_AWAY = "hotbridge.torn/"


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
        # An object that is not whole may have been put away within it.
        for path in [one for one in after if one.startswith(PUT_AWAY)]:
            after.setdefault(oid_path(path[len(PUT_AWAY):]), after[path])
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
    # One that nothing refers to is put away, and that is all.
    words = ("set aside", "is made anew", "is not whole and is now")
    return any(one in history.log() for one in words), len(listed) - 1


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
    history.kept += kept


def oid_path(oid):
    return f"objects/{oid[:2]}/{oid[2:]}"


def object_of(history, what):
    return oid_path(history.bridge.git("rev-parse", what).strip())


def damaged_while_running(history, name_of, how, ask=None, least=4):
    """One file while the bridge runs: the next deploy is recorded, and the
    damage is noticed by then, or by a question, or at the next start."""
    history.reset()
    history.start()
    wait_until(lambda: "the history is whole" in history.log(), "the check",
               CHECKED)
    history.deploy("one.py")
    name = name_of(history) if callable(name_of) else name_of
    how(history.path / name)
    history.deploy("two.py")
    if ask is not None:
        with contextlib.suppress(RpcError):
            ask(history)
        wait_until(lambda: "set aside" in history.log(),
                   f"{how.__name__} {name} to be noticed", CHECKED)
    history.deploy("three.py")
    if "set aside" not in history.log():
        history.stop()
        history.start()
    wait_until(lambda: "set aside" in history.log() or
               "is made anew" in history.log(),
               f"{how.__name__} {name} to be noticed", CHECKED)
    if "set aside" in history.log():
        told(history)
    # The deploys of this time are there whatever was damaged.
    listed = check_goes_on(history, least)
    history.tried += 1
    history.noticed += 1
    history.kept.append((len(listed) - 4) / history.count)


def block(path):
    """A folder that is none any more: root may enter every other one."""
    shutil.rmtree(path)
    path.write_text("")


def replaced(how):
    def act(path):
        damage_it(how, path)
    act.__name__ = how.__name__
    return act


def show_the_oldest(history):
    """An old version, from the pack or loose, is asked for."""
    for deploy in history.list(module="one.py")[1:]:
        history.client.call("history/source", {
            "target": TARGET, "module": "one.py",
            "commit": deploy["commit"]})


RUNNING = [
    ("refs/heads/dev", zero), ("refs/heads", block),
    (lambda history: object_of(history, "dev^{tree}"), delete),
]
RUNNING_FULL = RUNNING + [
    ("refs/heads/dev", delete), ("config", delete),
    ("refs/heads/dev", cut), ("refs/heads/dev", flip), ("HEAD", delete),
    ("hotbridge.ids", zero), ("objects", block),
    (lambda history: object_of(history, "dev"), replaced(cut)),
]


def test_while_the_bridge_runs(history):
    for name, how in figures.size(RUNNING, RUNNING_FULL):
        # Without any objects, what was there before cannot be.
        damaged_while_running(history, name, how,
                              least=3 if name == "objects" else 4)


def test_an_old_version_that_is_damaged_is_noticed_when_it_is_read(history):
    def old(one):
        return oid_path(one.list(module="one.py")[1]["blob"])

    damaged_while_running(history, old, replaced(flip), show_the_oldest)
    aside = history.aside()
    # Every other version can still be shown; this one says where it went.
    lost = shown = 0
    for deploy in history.list(module="one.py"):
        try:
            history.client.call("history/source", {
                "target": TARGET, "module": "one.py",
                "commit": deploy["commit"]})
            shown += 1
        except RpcError as error:
            assert "history.git.damaged-" in error.message, error.message
            lost += 1
    assert lost <= 1 and shown >= 4, (lost, shown)
    # It is known, and no damage again.
    history.stop()
    history.bridge.log.write_text("")
    history.start()
    wait_until(lambda: "the history is whole" in history.log(), "the check",
               CHECKED)
    assert history.aside() == aside


def ask_until(history, commit, words):
    """Asks for a version that cannot be read until the log says so; each time
    a check is asked for."""
    while words not in history.log():
        with contextlib.suppress(RpcError):
            history.client.call("history/source", {
                "target": TARGET, "module": "two.py", "commit": commit})


def test_what_a_check_found_before_is_not_held_against_the_new_one(
        history, monkeypatch):
    """Reads that fail while a check runs ask for one more. It ends while a new
    repository is still being made, and speaks of the damaged one."""
    monkeypatch.setitem(history.bridge.environment, "UV_THREADPOOL_SIZE", "1")
    history.reset()
    history.start()
    wait_until(lambda: "the history is whole" in history.log(), "the check",
               CHECKED)
    history.deploy("one.py")
    old = history.list(module="two.py")[1]
    damage_it(flip, history.path / oid_path(old["blob"]))
    with traced.attached(history.bridge, "worker", ["?link", "linkat"], "-e",
                         "inject=?link,linkat:delay_enter=30000"):
        ask_until(history, old["commit"], "takes over what is whole")
        wait_until(lambda: "is set aside as" in history.log(), "the damage",
                   CHECKED)
    wait_until(lambda: history.log().count("the history is whole") > 1 or
               len(history.aside()) > 1, "the check of the new one", CHECKED)
    aside = history.aside()
    assert len(aside) == 1, history.log()
    assert sums(aside[0]).keys() >= {oid_path(old["blob"])}
    check_goes_on(history, history.count)
    history.tried += 1
    history.noticed += 1


# No links can be made, and after so many objects the disk is full for a while.
FULL_DISK = ["-e", "inject=?link,linkat:error=EPERM",
             "-e", "inject=?rename,?renameat:error=ENOSPC:when=15..19"]


def test_a_disk_that_is_full_meanwhile_loses_nothing(history, monkeypatch):
    """What could be read and not be written is not left out of a new one."""
    monkeypatch.setitem(history.bridge.environment, "UV_THREADPOOL_SIZE", "1")
    history.reset()
    history.start()
    wait_until(lambda: "the history is whole" in history.log(), "the check",
               CHECKED)
    old = history.list(module="two.py")[1]
    damage_it(flip, history.path / oid_path(old["blob"]))
    with traced.attached(history.bridge, "worker", [
            "?link", "linkat", "?rename", "?renameat"], *FULL_DISK):
        ask_until(history, old["commit"], "is set aside as")
    assert "No space left on device" in history.log(), history.log()
    words = told(history).with_name(history.aside()[0].name + ".txt")
    assert ", 1 that are referred to are missing" in words.read_text()
    check_goes_on(history, history.count)
    history.tried += 1
    history.noticed += 1


def test_what_is_whole_is_taken_over(history):
    """An old commit is lost: git reads the rest without a complaint."""
    history.reset()
    name = object_of(history, "dev~3")
    delete(history.path / name)
    history.start()
    wait_until(lambda: "set aside" in history.log(), "the damage", CHECKED)
    told(history)
    check_goes_on(history, 4)
    subjects = history.bridge.git("log", "--format=%s", TARGET).splitlines()
    assert len([line for line in subjects if "found on" not in line]) == 4
    history.bridge.git("fsck", "--full", "--strict")
    history.bridge.git("clone", "-q", "--bare", history.path.as_uri(),
                       str(history.folder / "clone"))
    history.tried += 1
    history.noticed += 1


def test_a_branch_is_found_again_from_its_commits(history):
    history.reset()
    tip = history.bridge.git("rev-parse", "dev").strip()
    delete(history.path / "refs/heads/dev")
    (history.path / "HEAD").write_text("")
    history.start()
    assert history.bridge.git("rev-parse", "dev").strip() == tip
    assert "nothing is missing" in told(history).with_name(
        history.aside()[0].name + ".txt").read_text()
    check_goes_on(history, history.count)
    history.tried += 1
    history.noticed += 1


LOCKS = ["refs/heads/dev.lock", "HEAD.lock", "index.lock", "packed-refs.lock",
         "config.lock", "refs/hotbridge/undelivered/dev.lock",
         "objects/pack/multi-pack-index.lock", "objects/info/commit-graph.lock",
         "shallow.lock"]


def test_stale_locks(history):
    """Left by a bridge that was killed, and while the bridge runs."""
    for running in (False, True):
        history.reset()
        if running:
            history.start()
        for name in LOCKS:
            (history.path / name).write_text("")
        if not running:
            history.start()
        check_goes_on(history, history.count)
        history.client.deploy("../bad.py", "x = 2\n")  # the other branch
        assert not history.aside(), history.log()
        assert "left over, is removed" in history.log(), history.log()
        history.tried += len(LOCKS)
        history.noticed += len(LOCKS)


def test_a_pack_that_is_cut_short_under_the_bridge(history):
    """A file that is mapped and then cut ends the process that reads it; the
    next start heals, and nothing that was acknowledged is gone."""
    history.reset()
    history.start()
    history.deploy("one.py")
    show_the_oldest(history)
    pack = next(history.path.glob("objects/pack/*.pack"))
    os.chmod(pack, 0o644)
    os.truncate(pack, 100)
    try:
        show_the_oldest(history)
        deploy = history.deploy("two.py")
    except Exception:  # noqa: BLE001  whatever its end looks like from here
        deploy = None
    history.client.abandon()
    history.client = None
    assert history.bridge.stop() in (0, -signal.SIGBUS), history.log()
    history.start()
    wait_until(lambda: "set aside" in history.log(), "the damage", CHECKED)
    listed = check_goes_on(history, 2)
    assert deploy is None or deploy["id"] in [one["id"] for one in listed]
    told(history)
    history.tried += 1
    history.noticed += 1


# What a check ends with when it found damage.
DAMAGED = 3
# A version that needs more memory than the program itself, in bytes.
LARGE = 6_000_000
# Address space that a check is tried with, in MiB.
ROOM = range(8, 200, figures.size(2, 1))


def repository(folder, packed):
    """One with a large version."""
    def git(*arguments, text=None):
        return subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@example.org",
             "--git-dir", folder, *arguments], input=text, check=True,
            capture_output=True).stdout.decode().strip()
    git("init", "-q", "--bare")
    blob = git("hash-object", "-w", "--stdin",
               text=base64.b64encode(os.urandom(LARGE)))
    tree = git("mktree", text=f"100644 blob {blob}\tbig.py\n".encode())
    git("update-ref", "refs/heads/dev", git("commit-tree", "-m", "big", tree))
    git("symbolic-ref", "HEAD", "refs/heads/dev")
    if packed:
        git("repack", "-adq")
    return folder


@pytest.mark.parametrize("packed", [False, True])
def test_too_little_memory_is_no_damage(tmp_path, packed):
    folder = repository(tmp_path / "history.git", packed)
    ends = []
    for size in ROOM:
        def limit(size=size):
            resource.setrlimit(resource.RLIMIT_AS, (size << 20, size << 20))
        done = subprocess.run(
            [harness.PROGRAM, "daemon", "--check-history", folder],
            preexec_fn=limit, capture_output=True, text=True, check=False)
        assert done.returncode != DAMAGED, (size, done.stderr)
        ends.append(done.returncode)
        if done.returncode == 0:
            break
    # It has begun and had too little, and it has had enough.
    assert ends[-1] == 0 and {-signal.SIGABRT, 1} & set(ends), ends


@contextlib.contextmanager
def sick(history, name):
    with planted.defect(name):
        yield
    history.stop()


def test_the_suite_notices_a_bridge_that_looks_away(history):
    with sick(history, "blind-check"):
        history.reset()
        damage_it(flip, history.path / object_of(
            history, "dev~4:services/two.py"))
        history.start()
        wait_until(lambda: "the history is whole" in history.log() or
                   "set aside" in history.log(), "the check", CHECKED)
        assert "set aside" not in history.log()


def test_the_figure(history):
    kept = sorted(history.kept)
    figures.tell(
        "heals", f"{history.tried} damages, {history.noticed} noticed, "
        f"{history.harmless} of files that carry nothing; deploys went on "
        f"after each; median of the deploys kept {kept[len(kept) // 2]:.0%}",
        aim="all noticed, deploys go on, nothing deleted",
        reached=history.noticed + history.harmless == history.tried,
        kept_least=kept[0])

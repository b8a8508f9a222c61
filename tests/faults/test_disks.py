"""Disks that are full or read-only while a deploy is under way: real ones,
mounted for the test."""

import contextlib
import os
import subprocess

import figures
from fault_trials import Trials
from test_disk import private_disk

PAGE = 4096
# How large a private disk is.
DISK = "8m"


def mount(*arguments):
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True,
                          text=True, check=False)
    return "" if done.returncode == 0 else done.stderr.strip() or "mount failed"


def unmount(folder):
    subprocess.run(["umount", "-l", folder], check=True)


@contextlib.contextmanager
def full(folder, pages):
    """So many pages are left: for a file, a folder or 4 KB of bytes each."""
    ballast = folder / "ballast"
    try:
        with open(ballast, "wb") as file:
            with contextlib.suppress(OSError):  # no more of them
                while os.statvfs(folder).f_bavail > pages:
                    file.write(bytes(PAGE))
                    file.flush()
        yield None
    finally:
        ballast.unlink()


@contextlib.contextmanager
def few_files(folder, count):
    """So many files and folders can still be made."""
    assert not mount("-o", "remount,nr_inodes=" + str(
        os.statvfs(folder).f_files - os.statvfs(folder).f_ffree + count),
        folder)
    try:
        yield None
    finally:
        assert not mount("-o", "remount,nr_inodes=100000", folder)


@contextlib.contextmanager
def read_only(folder):
    """Whatever is opened below from now on; what is open stays so."""
    assert not mount("--bind", folder, folder)
    try:
        assert not mount("-o", "remount,bind,ro", folder)
        yield None
    finally:
        unmount(folder)


@contextlib.contextmanager
def remounted(folder):
    """The whole disk; no file on it may be open for writing."""
    error = mount("-o", "remount,ro", folder)
    assert not error, error
    try:
        yield None
    finally:
        assert not mount("-o", "remount,rw", folder)


class held:
    """The server takes nothing up until the fault has begun; the fault begins
    when the file is delivered."""

    def __init__(self, trials, fault):
        self.trials = trials
        self.fault = fault
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        self.stack.enter_context(self.trials.server.lock)

    def delivered(self, deploy_id):
        self.trials.client.change(
            lambda one: one["id"] == deploy_id and
            one["state"] == "delivered", "delivery")
        self.stack.close()
        self.stack.enter_context(self.fault)

    def __exit__(self, *error):
        return self.stack.__exit__(*error)


def tell(name, trials):
    trials.check_history()
    print("\n".join(trials.wrong))
    figures.tell(f"full-disk-{name}", f"{trials.tried} deploys: "
                 f"{trials.told()}", "0 of each, well again after 5 s",
                 not trials.wrong, wrong=trials.wrong)


def sweep(most):
    """Up to there a deploy finds too little."""
    return range(0, most, figures.size(max(1, most // 5), 1))


def test_the_history_s_disk(tmp_path):
    """Too little room, or too few files left, for any part of a deploy; and
    what cannot be written at all."""
    with private_disk(tmp_path / "home/state_home", DISK) as state, \
            Trials(tmp_path) as trials:
        trials.deploy("crm.py")
        history = trials.bridge.history
        for left in sweep(30):
            trials.trial(full(state, left), f"{left} pages left",
                         more=5 * PAGE)
        for left in sweep(20):
            trials.trial(few_files(state, left), f"{left} files left")
        for fault, where in ((read_only(history), "read-only"),
                             (full(state, 0), "full")):
            hold = held(trials, fault)
            trials.trial(hold, f"{where} from delivery on",
                         meanwhile=hold.delivered)
        trials.trial(read_only(history), "a read-only history")
        tell("history", trials)


def test_the_pickup_directory_s_disk(tmp_path):
    with private_disk(tmp_path / "server1/pickup/incoming", DISK) as pickup, \
            Trials(tmp_path) as trials:
        trials.deploy("crm.py")
        for left in sweep(8):
            trials.trial(full(pickup, left), f"{left} pages left",
                         more=5 * PAGE)
        for left in sweep(2):
            trials.trial(few_files(pickup, left), f"{left} files left")
        trials.trial(remounted(pickup), "a read-only pickup directory")
        trials.trial(remounted(pickup), "a read-only pickup directory")
        tell("pickup", trials)

"""Disks that are full or cannot be written, and a teardown that valgrind
watches."""

import contextlib
import os
import pathlib
import subprocess

import pytest

import bridge as harness
from bridge import RpcError
from env import Env
from modules import good

SUPPRESSIONS = pathlib.Path(__file__).with_name("valgrind.supp")


@contextlib.contextmanager
def private_disk(folder, size):
    """A tmpfs of that size in the folder's place."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a disk of its own")
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o",
                           f"size={size},mode=700", "tmpfs", folder],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("no disk can be mounted here: " + done.stderr.strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_told_and_nothing_is_delivered(tmp_path):
    state = tmp_path / "home" / "state_home"
    with private_disk(state, "4m"), Env(tmp_path, "zato-3.2") as env:
        assert env.client.deploy("crm.py", good(1))["outcome"] == "deployed"
        ballast = state / "ballast"
        with contextlib.suppress(OSError), open(ballast, "wb") as file:
            while True:
                file.write(b"\0" * 4096)
                file.flush()
        with pytest.raises(RpcError) as caught:
            env.client.deploy("crm.py", good(22) + "#" * 100000)
        assert caught.value.reason == "history"
        assert env.pickup_files("crm.py")[0].read_text() == good(1)
        ballast.unlink()
        # Well again as soon as there is room.
        assert env.client.deploy("crm.py", good(333))["outcome"] == "deployed"
        env.bridge.git("fsck", "--full", "--strict")


def test_a_server_whose_pickup_directory_cannot_be_written(tmp_path):
    with Env(tmp_path, "zato-4", servers=1) as env:
        with private_disk(env.pickup("server1"), "1m"):
            subprocess.run(["mount", "-o", "remount,ro",
                            env.pickup("server1")], check=True)
            deploy = env.client.deploy("crm.py", good())
            assert deploy["outcome"] == "unreachable", deploy
            assert "crm.py" in deploy["message"]


def test_valgrind_sees_a_clean_end(tmp_path, monkeypatch):
    if "address" in harness.PROGRAM:
        pytest.skip("valgrind and the address sanitizer exclude each other")
    report = tmp_path / "valgrind"
    wrapper = tmp_path / "watched"
    wrapper.write_text(
        "#!/bin/sh\nexec valgrind -q --error-exitcode=99 --leak-check=full "
        f"--errors-for-leak-kinds=definite --log-file={report} "
        # Code that PCRE2 compiles at run time reads ahead of its text.
        f"--undef-value-errors=no --suppressions={SUPPRESSIONS} "
        f"'{harness.PROGRAM}' \"$@\"\n")
    wrapper.chmod(0o755)
    monkeypatch.setattr(harness, "PROGRAM", str(wrapper))
    with Env(tmp_path, "zato-3.2") as env:
        assert env.client.deploy("crm.py", good())["outcome"] == "deployed"
        assert env.client.deploy("crm.py", "import nosuch\n")[
            "outcome"] == "failed"
        env.client.close()
        env.client = None
        assert env.bridge.stop() == 0, report.read_text()
    # It does not know openat2 and says so; the bridge then does without.
    unknown = ("unhandled amd64-linux syscall: 437", "write your own handler",
               "README_MISSING_SYSCALL", "we consider this a bug",
               "valgrind.org/support")
    told = [line for line in report.read_text().splitlines()
            if not any(words in line for words in unknown)]
    assert told == []

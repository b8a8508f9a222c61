"""The command line as a person and a script use it."""

import json
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import time

import pytest

from bridge import PATIENCE, PROGRAM, Bridge, wait_until
from env import Env
from modules import IMPORT_ERROR, SYNTAX_ERROR, good

SUBCOMMANDS = ["start", "stop", "status", "doctor", "daemon", "target",
               "deploy", "history", "show", "diff", "rollback", "cancel",
               "version", "help"]


@pytest.fixture
def env(tmp_path):
    with Env(tmp_path, "zato-3.2") as one:
        yield one


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "project with spaces"
    folder.mkdir()

    def write(name, source):
        path = folder / name
        if isinstance(source, bytes):
            path.write_bytes(source)
        else:
            path.write_text(source)
        return path
    return write


def test_a_deploy_reads_as_one_picture(env, files):
    done = env.bridge.run("deploy", files("crm.py", good()))
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [re.sub(r" {2,}", "  ", line)
             for line in done.stdout.splitlines()]
    assert lines[0] == "crm.py → dev"
    assert re.fullmatch(r"  recorded  [0-9a-f]{7}", lines[1])
    assert re.fullmatch(r"  delivered  server1  [\d.]+ m?s", lines[2])
    assert re.fullmatch(r"  server1  deployed  [\d.]+ m?s  crm\.get", lines[3])
    assert re.fullmatch(r"  server2  deployed  [\d.]+ m?s  crm\.get", lines[4])
    assert lines[5] == "deployed on 2 of 2 servers"
    assert re.fullmatch(r"  commit  [0-9a-f]{7}", lines[-1])
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("source,code,words", [
    (IMPORT_ERROR, 1, "nosuchmodule"),
    (SYNTAX_ERROR, 5, "SyntaxError"),
    ("# coding: latin-1\n", 5, "latin-1"),
    (b"caf\xe9 = 1\n", 5, "UTF-8"),
    (b"x = '\x00'\n", 5, "NUL"),
])
def test_the_exit_code_tells_the_outcome(env, files, source, code, words):
    done = env.bridge.run("deploy", files("crm.py", source))
    assert done.returncode == code, done.stdout + done.stderr
    assert words in done.stdout + done.stderr


def test_failures_name_file_and_line(env, files):
    path = files("crm.py", IMPORT_ERROR)
    done = env.bridge.run("deploy", path)
    assert re.search(r"crm\.py:2: ModuleNotFoundError", done.stdout)


def test_json_is_one_object_a_line(env, files):
    done = env.bridge.run("deploy", "--json", files("a.py", good()),
                          files("b.py", IMPORT_ERROR))
    assert done.returncode == 1
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["outcome"] for one in told] == ["deployed", "failed"]
    assert told[1]["diagnostics"][0]["line"] == 2


@pytest.mark.parametrize("command", SUBCOMMANDS)
def test_every_subcommand_has_help_with_examples(bridge, command):
    done = bridge.run(command, "--help")
    assert done.returncode == 0, done.stderr
    assert f"hotbridge {command}" in done.stdout
    assert "xample" in done.stdout


def test_wrong_usage_is_2_and_says_what_to_do(bridge):
    done = bridge.run("deplyo")
    assert done.returncode == 2 and "deploy" in done.stderr
    done = bridge.run("deploy")
    assert done.returncode == 2 and done.stderr
    done = bridge.run("deploy", "--no-such-option")
    assert done.returncode == 2 and "--no-such-option" in done.stderr
    assert bridge.run().returncode in (0, 2)


@pytest.mark.parametrize("what", ["missing", "folder", "pipe"])
def test_files_that_are_none(env, tmp_path, what):
    path = tmp_path / "crm.py"
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    done = env.bridge.run("deploy", path)
    assert done.returncode in (2, 5), done.stderr
    assert str(path.name) in done.stderr + done.stdout


def test_history_show_diff_and_rollback(env, files):
    env.bridge.run("deploy", files("crm.py", good(1)))
    env.bridge.run("deploy", files("crm.py", good(22)))
    done = env.bridge.run("history", "crm.py", "--json")
    deploys = json.loads(done.stdout)["deploys"]
    assert [one["outcome"] for one in deploys] == ["deployed", "deployed"]
    done = env.bridge.run("history")
    assert done.returncode == 0 and done.stdout.count("crm.py") == 2
    done = env.bridge.run("show", deploys[1]["commit"][:8])
    assert done.returncode == 0, done.stderr
    assert "payload = 1" in done.stdout
    done = env.bridge.run("diff", "crm.py", deploys[1]["commit"][:8])
    assert "-        self.response.payload = 1" in done.stdout
    assert "+        self.response.payload = 22" in done.stdout
    done = env.bridge.run("rollback", "crm.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert env.pickup_files("crm.py")[0].read_text() == good(1)
    done = env.bridge.run("rollback", "crm.py")
    assert done.returncode == 2 and "nothing" in done.stderr
    done = env.bridge.run("rollback", "crm.py", "--to",
                          deploys[0]["commit"][:8])
    assert done.returncode == 0, done.stderr
    assert env.pickup_files("crm.py")[0].read_text() == good(22)


def test_a_guarded_target_wants_yes(tmp_path, files):
    with Env(tmp_path / "e", "zato-3.2", servers=1, guard="confirm") as env:
        path = files("crm.py", good())
        done = env.bridge.run("deploy", path)
        assert done.returncode == 2 and "--yes" in done.stderr
        done = env.bridge.run("deploy", "--yes", path)
        assert done.returncode == 0, done.stderr


def test_no_wait_and_cancel(env, files):
    env.ctl("server1", "delay", 2)
    done = env.bridge.run("deploy", "--no-wait", "--json",
                          files("other.py", good()))
    assert done.returncode == 0, done.stderr
    wait_until(lambda: env.pickup_files("other.py")[0].exists(), "delivery")
    done = env.bridge.run("deploy", "--no-wait", "--json",
                          files("crm.py", good()))
    waiting = json.loads(done.stdout.splitlines()[-1])["id"]
    done = env.bridge.run("cancel", waiting)
    assert done.returncode in (0, 7), done.stderr
    deploy = env.client.call("deploy/get", {"id": waiting})
    assert deploy["outcome"] == "cancelled"


def test_the_bridge_starts_by_itself_and_stops(tmp_path, files):
    with Env(tmp_path / "e", "zato-3.2") as env:
        env.client.close()
        env.client = None
        env.bridge.stop()
        assert env.bridge.run("status").returncode != 0
        done = env.bridge.run("deploy", files("crm.py", good()))
        assert done.returncode == 0, done.stderr
        status = env.bridge.run("status", "--json")
        assert status.returncode == 0
        pid = json.loads(status.stdout)["pid"]
        assert pid == env.bridge.info()["pid"]
        assert env.bridge.run("stop").returncode == 0
        assert not env.bridge.json.exists()
        assert env.bridge.run("status").returncode != 0


def test_target_add_finds_servers_and_writes_a_plain_file(tmp_path):
    with Env(tmp_path / "e", "zato-3.2") as env:
        done = env.bridge.run("target", "add", "again", env.standin.folder)
        assert done.returncode == 0, done.stderr
        assert "server1" in done.stdout and "server2" in done.stdout
        wait_until(lambda: "again" in [one["name"] for one in env.client.call(
            "targets/list")["targets"]], "the bridge has noticed")
        value = subprocess.run(
            ["git", "config", "-f", env.bridge.config, "--get-all",
             "target.again.server"], capture_output=True, text=True,
            check=True).stdout
        assert len(value.splitlines()) == 2
        assert env.bridge.run("target", "add", "again",
                              env.standin.folder).returncode == 2
        assert env.bridge.run("target", "test", "again").returncode == 0
        listed = json.loads(env.bridge.run("target", "list",
                                           "--json").stdout)
        assert [one["name"] for one in listed["targets"]] == ["dev", "again"]
        assert env.bridge.run("target", "remove", "again").returncode == 0
        assert "again" not in env.bridge.config.read_text()


def test_target_add_of_what_is_no_server(bridge, tmp_path):
    done = bridge.run("target", "add", "dev", tmp_path)
    assert done.returncode == 2 and "server.conf" in done.stderr
    done = bridge.run("target", "add", "Bad Name", tmp_path)
    assert done.returncode == 2


def test_paths_with_spaces_links_and_a_tilde(tmp_path, files):
    with Env(tmp_path / "with spaces", "zato-3.2") as env:
        link = env.bridge.home / "a link"
        link.symlink_to(env.standin.folder)
        done = env.bridge.run("target", "add", "linked", "~/a link/server1",
                              "~/a link/server2")
        assert done.returncode == 0, done.stderr
        assert "~/a link/server1" in env.bridge.config.read_text()
        wait_until(lambda: "linked" in [
            one["name"] for one in env.client.call("targets/list")[
                "targets"]], "the bridge has noticed")
        done = env.bridge.run("deploy", "--target", "linked",
                              files("crm.py", good()))
        assert done.returncode == 0, done.stdout + done.stderr


def test_doctor_says_what_is_wrong(env):
    done = env.bridge.run("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    env.stop_server("server2")
    (env.server("server1") / "logs" / "server.log").chmod(0o644)
    done = env.bridge.run("doctor")
    assert done.returncode == 1
    assert "server2" in done.stdout and "stopped" in done.stdout


def bad_place(bridge, kind):
    runtime = pathlib.Path(bridge.environment["XDG_RUNTIME_DIR"])
    if kind == "open":
        (runtime / "hotbridge").mkdir(mode=0o777)
        (runtime / "hotbridge").chmod(0o777)
    elif kind == "foreign":
        (runtime / "hotbridge").mkdir(mode=0o700)
        os.chown(runtime / "hotbridge", 12345, -1)
    elif kind == "file":
        (runtime / "hotbridge").write_text("")


@pytest.mark.parametrize("kind", ["open", "foreign", "file"])
def test_a_runtime_folder_that_is_not_private_is_refused(bridge, kind):
    if kind == "foreign" and os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    bad_place(bridge, kind)
    done = bridge.run("start")
    assert done.returncode != 0
    assert "hotbridge" in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 3


def test_without_a_runtime_folder_the_state_folder_serves(bridge):
    del bridge.environment["XDG_RUNTIME_DIR"]
    try:
        done = bridge.run("start", "--json")
        assert done.returncode == 0, done.stderr
        where = json.loads(done.stdout)["bridge"]
        assert where.startswith(bridge.environment["XDG_STATE_HOME"])
        assert bridge.run("status").returncode == 0
    finally:
        assert bridge.run("stop").returncode == 0


@pytest.mark.parametrize("text,words", [
    ("[target\n", "config"),
    ('[target "dev"]\n\tsever = /x\n', "sever"),
    ('[target "dev"]\n\tserver = /x\n\tonSave = sometimes\n', "sometimes"),
    ('[target "De v"]\n\tserver = /x\n', "De v"),
])
def test_a_bad_configuration_is_one_clear_sentence(bridge, text, words):
    bridge.config.parent.mkdir(parents=True, exist_ok=True)
    bridge.config.write_text(text)
    done = bridge.run("start")
    assert done.returncode != 0
    assert words in done.stderr and "config" in done.stderr


def test_ctrl_c_says_that_the_deploy_goes_on(env, files):
    env.ctl("server1", "delay", 2)
    process = subprocess.Popen(
        [PROGRAM, "deploy", files("crm.py", good())],
        env=env.bridge.environment, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    for line in process.stdout:
        if "delivered" in line:
            break
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "goes on" in err
    wait_until(lambda: [one["outcome"] for one in env.client.call(
        "history/list", {"target": "dev"})["deploys"]] == ["deployed"],
        "the deploy went on")


def test_a_bridge_killed_during_a_deploy_is_asked_again(env, files):
    env.ctl("server1", "delay", 2)
    process = subprocess.Popen(
        [PROGRAM, "deploy", files("crm.py", good())],
        env=env.bridge.environment, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    wait_until(lambda: env.pickup_files("crm.py")[0].exists(), "delivery")
    env.bridge.kill()
    out, err = process.communicate(timeout=PATIENCE * 2)
    assert process.returncode == 0, out + err
    assert out.count("deployed on 2 of 2 servers") == 1
    assert env.bridge.git("rev-list", "--count", "dev").strip() == "1"
    env.client.abandon()
    env.client = None


def read_terminal(command, environment, seconds=PATIENCE):
    """Runs a command on a terminal of its own; gives what it showed."""
    pid, master = pty.fork()
    if pid == 0:
        os.execve(command[0], [str(part) for part in command], environment)
    shown = b""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ready, _, _ = select.select([master], [], [], 1)
        if ready:
            try:
                part = os.read(master, 65536)
            except OSError:
                break
            if not part:
                break
            shown += part
    os.close(master)
    return shown.decode(), os.waitpid(pid, 0)[1]


def test_on_a_terminal_there_is_colour_and_no_colour_is_kept(env, files):
    path = files("crm.py", good())
    colourful = {**env.bridge.environment, "TERM": "xterm-256color"}
    colourful.pop("NO_COLOR")
    shown, code = read_terminal([PROGRAM, "deploy", path], colourful)
    assert code == 0 and "\x1b[" in shown
    assert "deployed on 2 of 2 servers" in shown
    shown, code = read_terminal([PROGRAM, "deploy", path],
                                {**colourful, "NO_COLOR": "1"})
    assert code == 0 and not re.search("\x1b\\[[0-9;]*m", shown)


def test_version(bridge):
    assert isinstance(bridge, Bridge)
    done = bridge.run("--version")
    assert done.returncode == 0 and re.search(r"\d+\.\d+\.\d+", done.stdout)

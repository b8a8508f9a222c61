"""The token, the proof's key and the text of modules are found nowhere but
where they belong."""

import base64
import contextlib
import os
import pathlib
import re
import secrets
import shutil
import signal
import subprocess
import tempfile

import pytest

import bridge as harness
import figures
import planted
from bridge import PATIENCE, Bridge, RpcError, wait_until
from env import Env
from raw import exchange, upgrade
from modules import good
from test_door import good as headers

NOBODY = 65534

BROKEN = 'PASSWORD = "{canary}"\n\ndef broken(:\n'
FAILS = 'PASSWORD = "{canary}"\n\nimport requestz_is_not_there\n'


def spellings(secret):
    """A secret as it is, and in the forms in which it would get about."""
    forms = {secret.encode(), base64.b64encode(secret.encode()).rstrip(b"="),
             secret.upper().encode()}
    with contextlib.suppress(ValueError):
        forms.add(bytes.fromhex(secret))
    return forms


class Watch:
    """What is looked for, and where it was found."""

    def __init__(self):
        self.secrets = {}
        self.looked = 0
        self.hits = []

    def plant(self, name, secret):
        self.secrets[name] = spellings(secret)

    def look(self, where, data, allowed=()):
        self.looked += 1
        for name, forms in self.secrets.items():
            if name not in allowed and any(form in data for form in forms):
                self.hits.append(f"{name} in {where}")

    def processes(self):
        """Command line and environment of every process there is."""
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            for name in ("cmdline", "environ"):
                with contextlib.suppress(OSError):
                    self.look(folder / name, (folder / name).read_bytes())

    def files(self, home, allowed):
        """Every file below; `allowed` gives the names for a path."""
        for path in pathlib.Path(home).rglob("*"):
            if path.is_file() and not path.is_symlink():
                self.look(path, path.read_bytes(), allowed(path))
            self.look("a file's name", str(path).encode())

    def history(self, bridge):
        """Every object, as it is before it is compressed."""
        lines = bridge.git("cat-file", "--batch-all-objects",
                           "--batch-check").splitlines()
        for line in lines:
            name, kind, _ = line.split()
            data = bridge.git("cat-file", kind, name).encode() \
                if kind != "tree" else bridge.git("ls-tree", name).encode()
            self.look(f"{kind} {name}", data,
                      ("source",) if kind == "blob" else ())
        self.look("refs", bridge.git("for-each-ref").encode())


def where_it_belongs(env):
    def allowed(path):
        if path == env.bridge.json:
            return ("token", "proof")
        if env.standin.folder in path.parents and path.suffix in (".py",
                                                                  ".pyc"):
            return ("source",)
        return ()
    return allowed


def execs(program, log):
    """A script that runs the program and writes down what it starts, with
    arguments and environment."""
    script = log.with_suffix(".sh")
    script.write_text(
        f'#!/bin/sh\nexec strace -D -A -f -v -s 1000000 -e trace=execve -o '
        f'"{log}" "{program}" "$@"\n')
    script.chmod(0o755)
    return str(script)


@contextlib.contextmanager
def program(path):
    former, harness.PROGRAM = harness.PROGRAM, str(path)
    try:
        yield former
    finally:
        harness.PROGRAM = former


def said(client, method, params):
    """An error's words, or the answer, as text."""
    try:
        return str(client.call(method, params))
    except RpcError as error:
        return f"{error.message} {error.reason}"


def use_all(env, watch, canary):
    """Deploys of every kind, errors, commands, other clients' notes."""
    with env.bridge.client() as other:
        for number, text in enumerate((
                f'PASSWORD = "{canary}"\n' + good(1),
                BROKEN.format(canary=canary), FAILS.format(canary=canary),
                f'PASSWORD = "{canary}"\n# coding: latin-1\n' + good(2),
                f'PASSWORD = "{canary}"\n\0')):
            deploy = said(env.client, "deploy", env.client.deploy_params(
                f"crm_{number}.py", text))
            watch.look(f"the outcome of {number}", deploy.encode())
            watch.processes()
        bad = env.client.deploy_params("crm.py", canary)
        for change in ({"trigger": canary[:2]}, {"id": "no"},
                       {"module": "../x.py"}, {"target": "nowhere"},
                       {"vcs": canary[:3]}, {"source": [canary]},
                       {"source": {"canary": canary}}, {"force": canary}):
            answer = said(env.client, "deploy", {**bad, **change})
            watch.look(f"the error for {change}", answer.encode())
        for text in (canary, f'{{"jsonrpc":"2.0","source":"{canary}"',
                     f'{{"jsonrpc":"2.0","id":1,"method":"{canary}"}}'):
            env.client.send_text(text)
            watch.look("an error", str(env.client.receive()).encode())
        other.call("targets/list")
        watch.look("what others were told", str(other.notes).encode())
    info = env.bridge.info()
    host, protocol, token = headers(info)
    for request in (upgrade([host, protocol, (token[0], token[1] + "0")]),
                    upgrade([host, protocol, token, ("Origin", "null")]),
                    upgrade([protocol, token]),
                    f"GET /{info['token']} HTTP/1.1\r\n\r\n".encode()):
        watch.look("an HTTP answer", exchange(info, request))
    file = env.folder / "crm_9.py"
    file.write_text(f'PASSWORD = "{canary}"\n' + good(9))
    for command in (["deploy", file], ["status", "--json"], ["doctor"],
                    ["history"], ["target", "list"], ["start", "--json"],
                    ["status"], ["doctor", "--json"]):
        done = env.bridge.run(*command)
        watch.look(f"hotbridge {command[0]}",
                   (done.stdout + done.stderr).encode())
    file.unlink()


def search(tmp_path, profile):
    """Gives the watch, after everything was used and looked at."""
    watch = Watch()
    canary = secrets.token_hex(16)
    tmp_path.mkdir()
    log = tmp_path / "execs"
    with program(execs(harness.PROGRAM, log)), \
            Env(tmp_path, profile, servers=1) as env:
        # At its most talkative.
        env.client.close()
        env.bridge.stop()
        env.bridge.start("--verbose")
        env.client = env.bridge.client()
        info = env.bridge.info()
        watch.plant("token", info["token"])
        watch.plant("proof", info["proof"])
        watch.plant("source", canary)
        use_all(env, watch, canary)
        watch.files(tmp_path, where_it_belongs(env))
        watch.history(env.bridge)
        open_to_others = [
            path for name in ("state_home", "runtime_dir", "config_home")
            for path in (env.bridge.home / name / "hotbridge").rglob("*")
            if path.stat().st_mode & 0o077 and path != env.bridge.config
            and env.bridge.config.parent != path]
        watch.hits += [f"{path} is open to others" for path in open_to_others]
        text = log.read_bytes()
        assert text.count(b"execve(") >= 2, text[:500]
        watch.look("what was executed", text)
    watch.files(tmp_path, lambda path: ("source",) if path.suffix in (
        ".py", ".pyc") else ())
    return watch


def test_secrets_stay_where_they_belong(tmp_path):
    looked, hits = 0, []
    for profile in figures.size(["zato-3.2"], ["zato-2", "zato-3.2",
                                               "zato-4"]):
        watch = search(tmp_path / profile, profile)
        looked += watch.looked
        hits += watch.hits
    figures.tell("secrets", f"{looked} places searched, {len(hits)} hits",
                 aim="0 hits", reached=looked > 200 and not hits,
                 hits=hits[:20])


def test_a_planted_leak_is_caught(tmp_path):
    with planted.defect("loose-tongue"):
        hits = search(tmp_path / "home", "zato-3.2").hits
    assert any("token in" in one and "bridge.log" in one for one in hits), hits
    assert any("source in" in one for one in hits), hits


# ---- what a dead or a running process would give away ------------------


class Unprivileged:
    """A bridge that runs as nobody, where root would be let through."""

    def __init__(self):
        if os.geteuid() != 0:
            pytest.skip("only root can start a bridge as somebody else")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hotbridge-"))

    def __enter__(self):
        self.folder.chmod(0o711)
        copy = self.folder / "program"
        shutil.copy(harness.PROGRAM, copy)
        script = self.folder / "hotbridge"
        script.write_text(
            f'#!/bin/sh\ncd "{self.folder}/home" && ulimit -c unlimited && '
            f"exec setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups "
            f'"{copy}" "$@"\n')
        for path in (copy, script):
            path.chmod(0o755)
        bridge = Bridge(self.folder / "home")
        bridge.add_target("dev", [bridge.home / "nowhere"])
        for path in [bridge.home, *bridge.home.rglob("*")]:
            os.chown(path, NOBODY, NOBODY)
        with program(script):
            self.bridge = bridge.start()
        return self

    def readable(self):
        """What nobody can read of the process, of what holds secrets."""
        found = []
        for name in ("environ", "mem", "maps", "fd"):
            done = subprocess.run(
                ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY),
                 "--clear-groups", "ls" if name == "fd" else "head",
                 *([] if name == "fd" else ["-c1"]),
                 f"/proc/{self.bridge.process.pid}/{name}"],
                capture_output=True, check=False, timeout=PATIENCE)
            if done.returncode == 0:
                found.append(name)
        return found

    def dumps_core(self):
        process = self.bridge.process
        process.send_signal(signal.SIGABRT)
        _, status = os.waitpid(process.pid, 0)
        process.returncode = -signal.SIGABRT
        self.bridge.process = None
        assert os.WTERMSIG(status) == signal.SIGABRT
        return os.WCOREDUMP(status) or any(self.folder.rglob("core*"))

    def __exit__(self, *unused):
        if self.bridge.process is not None:
            self.bridge.stop()
        shutil.rmtree(self.folder)


def cores_are_made(folder):
    """Whether this machine makes core files at all."""
    pid = os.fork()
    if pid == 0:
        import resource
        os.chdir(folder)
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
        signal.signal(signal.SIGABRT, signal.SIG_DFL)
        os.abort()
    return os.WCOREDUMP(os.waitpid(pid, 0)[1])


def test_a_process_gives_nothing_away(tmp_path):
    with Unprivileged() as one:
        readable = one.readable()
        core = one.dumps_core()
    made = cores_are_made(tmp_path)
    figures.tell(
        "core", f"of the running process its own user can read {readable}; a "
        f"core file: {core} (of another process: {made})",
        aim="nothing, and no core file", reached=not readable and not core)


def command_dumps_core(tmp_path):
    """Whether a command that waits for its deploy leaves a core file."""
    script = tmp_path / "hotbridge"
    script.write_text(f'#!/bin/sh\ncd "{tmp_path}" && ulimit -c unlimited && '
                      f'exec "{harness.PROGRAM}" "$@"\n')
    script.chmod(0o755)
    module = tmp_path / "crm.py"
    module.write_text(good())
    with Env(tmp_path / "env", "zato-3.2", servers=1) as env:
        env.ctl("server1", "mute", "on")
        pid = os.posix_spawn(script, [script, "deploy", module],
                             env.bridge.environment)
        env.client.change(lambda one: one["state"] == "delivered",
                          "the command's deploy is delivered")
        os.kill(pid, signal.SIGABRT)
        _, status = os.waitpid(pid, 0)
        assert os.WTERMSIG(status) == signal.SIGABRT
        env.ctl("server1", "mute", "off")
    return os.WCOREDUMP(status) or any(tmp_path.glob("core*"))


def test_a_command_leaves_no_core(tmp_path):
    assert not command_dumps_core(tmp_path)


def test_a_planted_core_is_caught(tmp_path):
    with planted.defect("dumpable"):
        with Unprivileged() as one:
            assert one.readable()
            made = cores_are_made(tmp_path)
            assert one.dumps_core() or not made
        assert command_dumps_core(tmp_path) or not made


def test_the_helper_that_compiles_modules_leaves_no_core(tmp_path):
    with Env(tmp_path, "zato-3.2", servers=1) as env:
        assert env.client.deploy("crm.py", good())["outcome"] == "deployed"
        pid = env.bridge.process.pid
        children = wait_until(lambda: pathlib.Path(
            f"/proc/{pid}/task/{pid}/children").read_text().split(), "a helper")
        for child in children:
            limits = pathlib.Path(f"/proc/{child}/limits").read_text()
            assert re.search(r"Max core file size\s+0\s+0", limits), limits
            environ = pathlib.Path(f"/proc/{child}/environ").read_bytes()
            names = {one.split(b"=")[0] for one in environ.split(b"\0") if one}
            assert names <= {b"PATH", b"HOME", b"LD_LIBRARY_PATH",
                             b"PYENV_ROOT", b"PYENV_VERSION"}, names

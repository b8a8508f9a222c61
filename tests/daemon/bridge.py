"""The real bridge in a private place, and a client that speaks to it.

    with Bridge(tmp_path) as bridge:          # a folder of its own for XDG_*
        bridge.add_target("dev", [server_folder], onSave="always")
        bridge.start()
        with bridge.client() as client:
            deploy = client.deploy("crm.py", "x = 1\n")

Everything waits on a condition with a deadline; nothing sleeps for luck.
"""

import asyncio
import ctypes
import hashlib
import hmac
import json
import os
import pathlib
import secrets
import select
import signal
import subprocess
import threading
import time
import uuid

import websockets

PROGRAM = os.environ.get("HOTBRIDGE") or str(
    pathlib.Path(__file__).resolve().parents[2] / "build" / "hotbridge")
# A sanitized build is slower; nothing here is meant to measure speed.
PATIENCE = float(os.environ.get("HOTBRIDGE_PATIENCE", "30"))


PRCTL = ctypes.CDLL(None).prctl
PR_SET_PDEATHSIG = 1


def end_with_us():
    """What a child does before it becomes a program (preexec_fn): from then on
    it is killed when the tests are. The system goes by the thread that began
    it, so those of other threads than the first go on."""
    if threading.current_thread() is not threading.main_thread():
        return None
    return lambda: PRCTL(PR_SET_PDEATHSIG, signal.SIGKILL)


class RpcError(Exception):
    """An error that the bridge answered with."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error["code"]
        self.message = error["message"]
        self.reason = error.get("data", {}).get("reason")


def wait_until(condition, what, seconds=PATIENCE):
    """Asks until the answer is true, and gives it back."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s for: {what}")
        select.select([], [], [], 0.01)


class Client:
    """One connection. Calls wait for their answer; what the bridge notifies
    meanwhile is kept in `changes` (deploys) and `notes` (everything)."""

    def __init__(self, info, initialize=True, name="test"):
        self.info = info
        self.loop = asyncio.new_event_loop()
        self.socket = None
        self.changes = []
        self.notes = []
        self.answers = {}
        self.number = 0

        async def connect():
            return await websockets.connect(
                info["url"], subprotocols=["hotbridge.v1"],
                max_size=64 * 1024 * 1024, compression=None,
                # Between two calls nobody is there to read the answer.
                ping_interval=None,
                extra_headers={"Authorization": "Bearer " + info["token"]})
        self.hello = None
        try:
            self.socket = self.run(connect())
            if initialize:
                self.greet(name)
        except BaseException:
            self.abandon()
            raise

    def greet(self, name):
        nonce = secrets.token_hex(16)
        self.hello = self.call("initialize", {
            "client": {"name": name, "version": "1"}, "protocol": 1,
            "nonce": nonce})
        expected = hmac.new(bytes.fromhex(self.info["proof"]), nonce.encode(),
                            hashlib.sha256).hexdigest()
        assert self.hello["proof"] == expected

    def run(self, coroutine, seconds=PATIENCE):
        async def bounded():
            return await asyncio.wait_for(coroutine, seconds)
        return self.loop.run_until_complete(bounded())

    def send_text(self, text):
        self.run(self.socket.send(text))

    def receive(self, seconds=PATIENCE):
        message = json.loads(self.run(self.socket.recv(), seconds))
        if "method" in message:
            self.notes.append(message)
            if message["method"] == "deploy/changed":
                self.changes.append(message["params"]["deploy"])
        else:
            self.answers[message.get("id")] = message
        return message

    def ask(self, method, params):
        """Sends a request without waiting; gives its id."""
        self.number += 1
        self.send_text(json.dumps({"jsonrpc": "2.0", "id": self.number,
                                   "method": method, "params": params}))
        return self.number

    def answer(self, number, seconds=PATIENCE):
        deadline = time.monotonic() + seconds
        while number not in self.answers:
            self.receive(max(0.01, deadline - time.monotonic()))
        message = self.answers.pop(number)
        if "error" in message:
            raise RpcError(message["error"])
        return message["result"]

    def call(self, method, params=None, seconds=PATIENCE):
        return self.answer(self.ask(method, params or {}), seconds)

    def change(self, condition, what, seconds=PATIENCE):
        """The first deploy/changed, seen or to come, for which it is true."""
        seen = 0
        deadline = time.monotonic() + seconds
        while True:
            for deploy in self.changes[seen:]:
                if condition(deploy):
                    return deploy
            seen = len(self.changes)
            left = deadline - time.monotonic()
            assert left > 0, f"waited {seconds} s for: {what}"
            try:
                self.receive(left)
            except asyncio.TimeoutError:
                raise AssertionError(f"waited {seconds} s for: {what}; "
                                     f"saw {self.changes}") from None

    @staticmethod
    def deploy_params(module, source, **more):
        return {"id": str(uuid.uuid4()), "module": module, "source": source,
                "trigger": "manual", **more}

    def ask_deploy(self, module, source, **more):
        params = self.deploy_params(module, source, **more)
        return self.ask("deploy", params), params["id"]

    def deploy(self, module, source, **more):
        return self.call("deploy", self.deploy_params(module, source, **more))

    def closed(self, seconds=PATIENCE):
        """Waits for the end of the connection; gives the close code."""
        async def drain():
            try:
                while True:
                    await self.socket.recv()
            except websockets.ConnectionClosed:
                return self.socket.close_code
        return self.run(drain(), seconds)

    def close(self):
        try:
            self.run(self.socket.close())
        except (OSError, asyncio.TimeoutError, websockets.WebSocketException):
            pass
        self.abandon()

    def abandon(self):
        """Goes away without a word, as a killed editor does."""
        async def end():
            if self.socket is not None:
                self.socket.transport.abort()
            # What the connection has begun ends before its loop.
            others = asyncio.all_tasks() - {asyncio.current_task()}
            if others:
                _, left = await asyncio.wait(others, timeout=PATIENCE)
                assert not left, left
        if not self.loop.is_closed():
            self.loop.run_until_complete(end())
            self.loop.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


class Bridge:
    """A bridge with folders of its own below `home`."""

    def __init__(self, home):
        self.home = pathlib.Path(home)
        self.home.mkdir(parents=True, exist_ok=True)
        self.process = None
        self.environment = {
            key: value for key, value in os.environ.items()
            if not key.startswith(("XDG_", "GIT_"))}
        for name in ("CONFIG_HOME", "STATE_HOME", "RUNTIME_DIR"):
            folder = self.home / name.lower()
            folder.mkdir(mode=0o700, exist_ok=True)
            self.environment["XDG_" + name] = str(folder)
        self.environment.update(
            HOME=str(self.home), NO_COLOR="1", LC_ALL="C.UTF-8",
            GIT_CONFIG_NOSYSTEM="1")
        self.log = self.home / "bridge.log"
        gitconfig = self.home / ".gitconfig"
        if not gitconfig.exists():
            gitconfig.write_text(
                "[user]\n\tname = Ann Example\n\temail = ann@example.org\n")

    @property
    def config(self):
        return self.home / "config_home" / "hotbridge" / "config"

    @property
    def history(self):
        return self.home / "state_home" / "hotbridge" / "history.git"

    @property
    def json(self):
        return self.home / "runtime_dir" / "hotbridge" / "bridge.json"

    def info(self):
        return json.loads(self.json.read_text())

    def add_target(self, name, servers, **settings):
        """Writes a section of the configuration by hand, as a person would."""
        lines = [f'[target "{name}"]']
        lines += [f'\tserver = "{server}"' for server in servers]
        lines += [f"\t{key} = {value}" for key, value in settings.items()]
        self.config.parent.mkdir(parents=True, exist_ok=True)
        with open(self.config, "a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def start(self, *options, environment=None, before=()):
        """Runs `hotbridge daemon` in the foreground until it is ready.
        `before` is a program that becomes it, with its options."""
        reading, writing = os.pipe()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*before, PROGRAM, "daemon", "--ready-fd", str(writing),
                 *options], env={**self.environment, **(environment or {})},
                stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                pass_fds=[writing], preexec_fn=end_with_us())
        os.close(writing)
        with os.fdopen(reading) as pipe:
            word = pipe.readline().strip()
        assert word == "ready", word + self.log.read_text()
        return self

    def stop(self):
        """SIGTERM; gives the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        self.process = None
        return code

    def kill(self):
        self.process.kill()
        self.process.wait(PATIENCE)
        self.process = None

    def client(self, **more):
        return Client(self.info(), **more)

    def run(self, *arguments, seconds=PATIENCE * 2, **more):
        """A command of the program; gives the finished process."""
        options = {"input": "", **more}
        return subprocess.run([PROGRAM, *map(str, arguments)],
                              env=self.environment, text=True,
                              capture_output=True, timeout=seconds,
                              check=False, **options)

    def git(self, *arguments):
        """git on the history; gives what it prints."""
        done = subprocess.run(
            ["git", "--git-dir", str(self.history), *arguments],
            env=self.environment, text=True, capture_output=True, check=False,
            timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def wait_for_no_pending(self):
        """Every deploy has its outcome; what was pending is cleared away a
        moment after its answer."""
        wait_until(lambda: self.git("for-each-ref", "refs/hotbridge/pending")
                   == "", "no pending deploy")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.process is not None:
            try:
                code = self.stop()
                assert code == 0, (f"the bridge ended with {code}:\n" +
                                   self.log.read_text(errors="replace"))
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise
        else:
            # A bridge that a command started by itself.
            self.run("stop")

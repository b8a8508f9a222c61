"""Where the suite of hostile logs plays: one bridge, and for each ground a
target with stand-in servers of its own, its own client, and the ways to spoil
a log.

What is true is told by no log. Each module writes, as its last act of being
imported, which version it is, in which process and from where, into a file of
the ground: `loaded()` reads that. So it is the code itself that says that it
was loaded, stale bytecode included.
"""

import contextlib
import fcntl
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]
                       / "examples"))

from bridge import Bridge, wait_until  # noqa: E402
from demo_server.control import ControlError, ask  # noqa: E402
from demo_server.knobs import defaults  # noqa: E402
from demo_server.layout import ServerFolder  # noqa: E402
from demo_server.log import Log  # noqa: E402
from env import Servers  # noqa: E402

TIMEOUT = 3.0  # seconds that a deploy may take, before any nudge
CREATE = "zato.hot-deploy.create"
STORE = "zato.server.service.store"

MODULE = '''\
import os
from zato.server.service import Service


class Get(Service):
    name = '{service}'

    def handle(self):
        self.response.payload = '{token}'
{body}

with open('{loads}', 'a') as file:
    file.write('{token}\\t{{}}\\t{{}}\\n'.format(os.getpid(), __file__))
'''


class Server:
    """One stand-in server, and its log."""

    def __init__(self, ground, name):
        self.ground = ground
        self.name = name
        self.folder = ground.servers.folder / name
        self.place = ServerFolder(str(self.folder))
        self.log = self.folder / "logs" / "server.log"
        self.writer = Log(self.place, defaults())
        self.held = pathlib.Path(
            self.place.pickup if self.place.profile.in_place
            else self.place.current)

    def knob(self, **values):
        for name, value in values.items():
            ask(self.place, {"op": "set", "knob": name.replace("_", "-"),
                             "value": value})

    def pids(self):
        try:
            return ask(self.place, {"op": "show"})["workers"]
        except ControlError:
            return []

    def invoke(self, service):
        """What the code that the workers have loaded answers."""
        return [one.get("payload") for one in ask(
            self.place, {"op": "invoke", "service": service})["workers"]]

    def rotate(self, how):
        self.log.touch()
        ask(self.place, {"op": "rotate", "value": how})

    @contextlib.contextmanager
    def quiet(self):
        """Nobody writes to the log meanwhile."""
        with open(self.folder / ".demo-server" / "log-lock", "a",
                  encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def append(self, data):
        """Puts bytes into the log, between records."""
        with self.quiet(), open(self.log, "ab") as file:
            file.write(data)

    def line(self, message, logger=CREATE, pid=None, thread="Dummy-7"):
        """A record as this server would write it."""
        return self.writer.line(message, logger=logger, thread=thread,
                                request="K0", pid=pid or self.pids()[0])

    def good_line(self, module, service, folder=None, **where):
        """The very words with which this server says that it deployed."""
        if self.ground.profile == "zato-2":
            message = ("Uploaded package id:[7], payload_name:[{}]"
                       .format(os.path.join(folder or "", module)))
        else:
            message = "Deployed 1 service from `{}` -> ['{}']".format(
                os.path.join(folder or self.held, module), service)
        return self.line(message, **where)

    def logrotate(self, how):
        """The real program, by `create` or `copytruncate`."""
        conf = self.folder / f"logrotate-{how}.conf"
        conf.write_text(f'"{self.log}" {{\n    rotate 9\n    missingok\n'
                        f"    nocompress\n    {how}\n}}\n")
        conf.chmod(0o644)
        done = subprocess.run(
            ["logrotate", "--force", "--state",
             self.folder / "logrotate.state", conf], capture_output=True,
            text=True, check=False, timeout=30)
        assert done.returncode == 0, done.stderr

    def files(self):
        """The log and what was rotated beside it, as they are now."""
        found = b""
        for path in self.log.parent.glob("server.log*"):
            with contextlib.suppress(FileNotFoundError):
                found += path.read_bytes() + b"\n"
        return found

    def said(self, module, until=float("inf")):
        """How many good lines about the module stand in those files, written
        before that time."""
        name = re.escape(module.encode())
        return self._count(
            rb"Deployed \d+ services? from `[^`]*/" + name + rb"` -> \[.*\]|"
            rb"Uploaded package id:\[\d+\], payload_name:\[" + name + rb"\]",
            until)

    def refused(self, module, until=float("inf")):
        """How many lines say that nothing of it was deployed."""
        name = re.escape(module.encode())
        return self._count(
            rb"No services.*module `(?:[^`]*/)?" + name + rb"`|Package id:"
            rb"\[\d+\], payload_name:\[" + name + rb"\] has not been deployed",
            until)

    def _count(self, words, until):
        return sum(
            time.mktime(time.strptime(found[1].decode(), "%Y-%m-%d %H:%M:%S"))
            <= until for found in re.finditer(
                rb"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),.*(?:" + words +
                rb")\r?$", self.files(), re.M))

    def wait_idle(self):
        wait_until(lambda: not ask(self.place, {"op": "show"})["busy"],
                   f"{self.name} is idle")

    def wait_loaded(self, token):
        wait_until(lambda: any(name == self.name for name, _ in
                               self.ground.loaded(token)),
                   f"{self.name} has loaded {token}")


class Ground:
    """A target of the bridge, its servers, and a client for it alone."""

    def __init__(self, folder, bridge, profile, servers, workers):
        self.profile = profile
        self.workers = workers
        self.name = f"g{uuid.uuid4().hex[:8]}"
        self.folder = pathlib.Path(folder) / self.name
        self.folder.mkdir(parents=True)
        self.loads = self.folder / "loads"
        self.bridge = bridge
        self.servers = Servers(self.folder / "qs", profile, servers, workers)
        self.each = [Server(self, name) for name in self.servers.names]
        self.client = None
        bridge.add_target(
            self.name, [server.folder for server in self.each],
            onSave="always", onConflict="overwrite",
            confirmTimeout=f"{TIMEOUT}s")

    @property
    def in_place(self):
        return self.profile == "zato-4"

    def start(self):
        for name in self.servers.names:
            self.servers.start(name)

    def connect(self):
        self.client = self.bridge.client()

    def close(self):
        if self.client is not None:
            self.client.close()
        self.servers.close()

    def source(self, token, service, body=""):
        return MODULE.format(token=token, service=service, body=body,
                             loads=self.loads)

    def loaded(self, token):
        """Which (server, pid) have run the module of this token to its end."""
        found = set()
        if self.loads.exists():
            for line in self.loads.read_text().splitlines():
                parts = line.split("\t")
                if len(parts) == 3 and parts[0] == token:
                    found.update((server.name, int(parts[1]))
                                 for server in self.each
                                 if parts[2].startswith(f"{server.folder}/"))
        return found

    def deploy(self, module, source):
        """Asks; gives the deploy's id."""
        self.client.changes.clear()
        self.client.notes.clear()
        self.client.answers.clear()
        return self.client.ask_deploy(module, source, target=self.name)[1]

    def delivered(self, deploy_id):
        """Waits until the file was put there, or the deploy is done."""
        return self.client.change(
            lambda d: d["id"] == deploy_id and
            d["state"] in ("delivered", "done"), "delivery")

    def outcome(self, deploy_id):
        return self.client.change(
            lambda d: d["id"] == deploy_id and d["state"] == "done",
            "the outcome")

    def reset(self, knobs):
        """Every knob that was turned back, every server running and idle."""
        values = defaults()
        for name in self.servers.names:
            if name not in self.servers.processes:
                self.servers.start(name)
        for server in self.each:
            server.knob(**{knob: _text(values[knob.replace("_", "-")])
                           for knob in knobs})
            ask(server.place, {"op": "rotate", "value": "release"})
            server.wait_idle()


def _text(value):
    if isinstance(value, bool):
        return "on" if value else "off"
    return ",".join(value) if isinstance(value, list) else str(value)


class Field:
    """A bridge and its grounds."""

    GROUNDS = (("zato-3.2", 2, 1), ("zato-4", 2, 1), ("zato-2", 2, 1),
               ("zato-3.2", 1, 2), ("zato-4", 1, 2))

    def __init__(self, folder, grounds=GROUNDS):
        self.bridge = Bridge(pathlib.Path(folder) / "home")
        self.grounds = [Ground(folder, self.bridge, *one) for one in grounds]
        self._blind = threading.Lock()

    def __enter__(self):
        try:
            for ground in self.grounds:
                ground.start()
            self.bridge.start()
            for ground in self.grounds:
                ground.connect()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *unused):
        try:
            self.bridge.__exit__()
        finally:
            for ground in self.grounds:
                ground.close()

    @contextlib.contextmanager
    def blind(self):
        """The bridge sees nothing meanwhile: what happens, it finds later, all
        at once."""
        with self._blind:
            self.bridge.process.send_signal(signal.SIGSTOP)
            try:
                yield
            finally:
                self.bridge.process.send_signal(signal.SIGCONT)

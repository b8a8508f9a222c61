"""Stand-in servers, a bridge, and a client of it, in one private folder.

    with Env(tmp_path, "zato-3.2") as env:
        deploy = env.client.deploy("crm.py", source)
        env.ctl("server2", "mute", "on")
"""

import json
import os
import pathlib
import signal
import subprocess
import sys

from bridge import PATIENCE, Bridge, end_with_us, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
STANDIN = ROOT / "examples" / "demo-server"
PROFILES = ["zato-2", "zato-3.2", "zato-4"]


class Servers:
    """An environment of stand-in servers, each in a process of its own."""

    def __init__(self, folder, profile, servers=2, workers=1, options=()):
        self.folder = pathlib.Path(folder)
        self.profile = profile
        self.names = [f"server{i + 1}" for i in range(servers)]
        self.options = list(options)
        self.processes = {}
        subprocess.run(
            [sys.executable, STANDIN, "create", self.folder, "--profile",
             profile, "--servers", str(servers), "--workers", str(workers)],
            check=True)

    def start(self, name):
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith("PYTHON")}
        process = subprocess.Popen(
            [sys.executable, STANDIN, "run", self.folder / name,
             *self.options], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
            env=environment, text=True, preexec_fn=end_with_us())
        self.processes[name] = process
        assert process.stdout.readline().startswith("ready"), name

    def stop(self, name, number=signal.SIGTERM):
        process = self.processes.pop(name)
        process.send_signal(number)
        process.wait(PATIENCE)
        process.stdout.close()

    def close(self):
        for name in list(self.processes):
            self.stop(name)

    def ctl(self, name, knob, value="on"):
        done = subprocess.run(
            [sys.executable, STANDIN, "ctl", self.folder / name, knob,
             str(value)], capture_output=True, text=True, check=False,
            timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout else None


class Env:
    def __init__(self, folder, profile, servers=2, workers=1, options=(),
                 **settings):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.profile = profile
        self.standin = Servers(self.folder / "qs-1", profile, servers,
                               workers, options)
        self.names = self.servers = self.standin.names
        self.bridge = Bridge(self.folder / "home")
        self.client = None
        self.more = []
        settings = {"onSave": "always", "confirmTimeout": "20s", **settings}
        self.bridge.add_target("dev", [self.server(name)
                                       for name in self.names], **settings)

    def __enter__(self):
        try:
            for name in self.names:
                self.standin.start(name)
            self.bridge.start()
            self.client = self.bridge.client()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *unused):
        try:
            if self.client is not None:
                self.client.close()
            self.bridge.__exit__()
        finally:
            for one in [self.standin, *self.more]:
                one.close()

    def server(self, name):
        return self.standin.folder / name

    def log(self, name):
        return self.server(name) / "logs" / "server.log"

    def pickup(self, name):
        below = ("pickup-dir" if self.profile == "zato-2"
                 else "pickup/incoming/services")
        return self.server(name) / below

    def pickup_files(self, module):
        return [self.pickup(name) / module for name in self.names]

    def ctl(self, name, knob, value="on"):
        return self.standin.ctl(name, knob, value)

    def stop_server(self, name):
        self.standin.stop(name)

    def start_server(self, name):
        self.standin.start(name)

    def restart_bridge(self):
        """After bridge.kill() or bridge.stop(): a new one, a new client."""
        self.client.abandon()
        self.bridge.start()
        self.client = self.bridge.client()

    def invoke(self, name, service):
        """What the code that the server has loaded answers."""
        return self.ctl(name, "invoke", service)

    def quietly(self, path, text):
        """Somebody else's change that no server takes up."""
        for name in self.names:
            self.ctl(name, "deaf", "on")
        path.write_text(text)
        for name in self.names:
            self.ctl(name, "deaf", "off")

    def second_target(self, name):
        """Another environment, as another target."""
        other = Servers(self.folder / "qs-2", self.profile)
        self.more.append(other)
        for server in other.names:
            other.start(server)
        self.bridge.add_target(name, [other.folder / server
                                      for server in other.names])
        wait_until(lambda: name in [one["name"] for one in self.client.call(
            "targets/list")["targets"]], f"the target {name}")
        return other

"""A bridge with one worker and a server that answers at once: what the
suites on kills, disks and links are about."""

import os
import pathlib
import secrets
import time
import uuid

import websockets

from bridge import PATIENCE, Bridge, RpcError, wait_until
from quick_server import QuickServer

TOLD = ("recorded", "queued", "delivered", "done")


class Server(QuickServer):
    """Keeps what it has picked up, as its own loader would see it."""

    def __init__(self, folder):
        self.seen = []
        self.taken = set()
        self.owed = {}
        super().__init__(folder)

    def take(self, name, now):
        try:
            one = (name, (self.pickup / name).read_bytes())
            self.seen.append(one)
            self.taken.add(one)
            for _ in range(1 + self.owed.pop(name, 0)):
                super().take(name, now)
        except FileNotFoundError:
            pass  # moved away since: it is told of again

    def change(self, name, text):
        """Somebody else's version, safely written, which it takes up late:
        when it is told of the next one."""
        beside = self.folder / name
        with open(beside, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.rename(self.pickup / name)
        self.owed[name] = 1

    def poke(self, name):
        """Lets it look at a file that it has not seen."""
        path = self.pickup / name
        if path.exists() and (name, path.read_bytes()) not in self.taken:
            with open(path, "ab"):
                pass


class World:
    """One bridge after the other in the same place."""

    server_kind = Server

    def __init__(self, folder, **settings):
        self.folder = pathlib.Path(folder)
        self.server = self.server_kind(self.folder / "server1")
        self.bridge = Bridge(self.folder / "home")
        self.bridge.environment["UV_THREADPOOL_SIZE"] = "1"
        self.bridge.add_target("dev", [self.server.folder], **{
            "onSave": "always", "confirmTimeout": "20s",
            "onConflict": "overwrite", **settings})
        self.client = None
        self.length = 0
        self.sources = set()

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        self.leave()
        if unused[0] is not None and self.bridge.process is not None:
            self.bridge.kill()  # what failed is told, not this end
        self.bridge.__exit__(*unused)

    def start(self):
        self.bridge.start()
        self.client = self.bridge.client()
        return self

    def leave(self):
        """The client goes, whatever has become of the bridge."""
        if self.client is not None:
            self.client.abandon()
            self.client = None

    def gone(self):
        """Waits for the bridge's end; gives its exit code."""
        code = self.bridge.process.wait(PATIENCE)
        self.bridge.process = None
        self.leave()
        return code

    def source(self, more=0):
        """A new version; each is longer than the last, so that none waits
        for the second of a server's copy to pass. `more` bytes of it cannot
        be packed."""
        self.length += 1
        text = f"x = {self.length}\n" + "#" * self.length + "\n"
        if more:
            text += "# " + secrets.token_hex(more // 2) + "\n"
        self.sources.add(text.encode())
        return text

    def send(self, module, source):
        """Asks for a deploy, and gives the params, what was told of it, and
        the answer, until it is answered or the bridge is gone."""
        params = {"id": str(uuid.uuid4()), "module": module,
                  "source": source, "trigger": "manual"}
        client = self.client
        answer = None
        seen = len(client.changes)
        try:
            answer = client.call("deploy", params)
        except RpcError as error:
            answer = error
        except (OSError, websockets.WebSocketException):
            pass
        told = [change for change in client.changes[seen:]
                if change["id"] == params["id"]]
        return params, told, answer

    def deploy(self, module):
        """One that has to be well."""
        source = self.source()
        deploy = self.client.deploy(module, source)
        assert deploy["outcome"] == "deployed" and "commit" in deploy, deploy
        return source

    def outcome(self, deploy_id, poke=False, seconds=PATIENCE):
        """The deploy once it is done; None where nobody knows it. `poke`
        does at once what a nudge does after some seconds, for a file that was
        moved in and not closed."""
        def done():
            try:
                deploy = self.client.call("deploy/get", {"id": deploy_id})
            except RpcError as error:
                assert error.reason == "unknown-deploy", error
                return "unknown"
            if poke and deploy["state"] == "delivered":
                self.server.poke(deploy["module"])
            return deploy if deploy["state"] == "done" else None
        found = wait_until(done, f"the outcome of {deploy_id}", seconds)
        return None if found == "unknown" else found

    # ---- what must hold ------------------------------------------------

    def pickup(self, module):
        path = self.server.pickup / module
        return path.read_bytes() if path.exists() else None

    def torn(self, others=()):
        """Modules that nobody has ever saved so, on the disk or seen by the
        server; seen once."""
        known = self.sources | set(others)
        there = [(path.name, path.read_bytes())
                 for path in self.server.pickup.glob("*.py")]
        seen, self.server.seen = self.server.seen, []
        return [f"{name}: {text[:40]!r}" for name, text in there + seen
                if text not in known]

    def rests(self):
        """What a deploy leaves only for a moment, and is still there."""
        history = self.bridge.history
        found = [path for path in history.rglob("*") if path.name.endswith(
            ".lock") or path.name.startswith("tmp_object")]
        for folder in (history / "refs/hotbridge/pending",
                       history / "hotbridge.marks",
                       self.server.folder / ".hotbridge"):
            if folder.is_dir():
                found += folder.iterdir()
        found += self.server.pickup.glob(".hotbridge*")
        found += history.parent.glob("*.damaged*")
        return [str(path.relative_to(self.folder)) for path in found]

    def rests_gone(self, seconds=PATIENCE):
        """Waits for them to go; gives those that stay."""
        deadline = time.monotonic() + seconds
        while self.rests() and time.monotonic() < deadline:
            time.sleep(0.005)
        return self.rests()

    def check_history(self):
        self.bridge.git("fsck", "--full", "--strict")

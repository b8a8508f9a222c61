"""A private folder with a bridge and a server that answers at once."""

import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
for folder in ("tests/daemon", "tests/bench"):
    if str(ROOT / folder) not in sys.path:
        sys.path.insert(0, str(ROOT / folder))

import bridge as harness  # noqa: E402
import disk  # noqa: E402
from quick_server import QuickServer  # noqa: E402
from stopwatch import Stopwatch  # noqa: E402

FULL = os.environ.get("FULL") == "1"
LINES = "".join(f"    # line {i} of a module of a usual size\n"
                for i in range(60))
# Deploys that come first and count for nothing.
WARM_UP = 5


def module_text(number):
    """About 3 KB, another size each time, so that nothing has to wait."""
    return f"x = {number}\n" + LINES + "#" * (number % 997) + "\n"


class Deployed:
    """When a deploy was sent, its file closed, its answer there; the Deploy
    and what was notified, as bytes."""

    def __init__(self, sent, closed, done, deploy, notes):
        self.sent, self.closed, self.done = sent, closed, done
        self.deploy, self.notes = deploy, notes

    @property
    def way(self):
        return self.closed - self.sent

    @property
    def recording(self):
        """All but the wait for the server."""
        timings = self.deploy["timings"]
        return (self.done - self.sent -
                (timings["confirmed"] - timings["delivered"]))


class Place:
    """wrapper: a command line that the daemon is run with, as a list;
    below: the folder to make it in, else on the disk of the benches; kind: of
    its servers."""

    def __init__(self, wrapper=(), below=None, servers=1, kind=QuickServer):
        self.folder = pathlib.Path(tempfile.mkdtemp(
            prefix="hotbridge-bench-", dir=below or disk.folder()))
        self.servers = [kind(self.folder / "env" / f"server{i + 1}")
                        for i in range(servers)]
        self.server = self.servers[0]
        self.bridge = harness.Bridge(self.folder / "home")
        self.targets()
        program = harness.PROGRAM
        if wrapper:
            script = self.folder / "wrapped"
            words = " ".join(f"'{word}'" for word in (*wrapper, program))
            script.write_text(f"#!/bin/sh\nexec {words} \"$@\"\n")
            script.chmod(0o755)
            harness.PROGRAM = str(script)
        try:
            self.bridge.start()
        finally:
            harness.PROGRAM = program
        self.watch = Stopwatch.of_bridge(self.bridge)

    def targets(self):
        self.bridge.add_target("dev", [self.server.folder], onSave="always",
                               onConflict="overwrite")

    @property
    def pid(self):
        return self.bridge.info()["pid"]

    def deploy(self, number, name="bench.py", target=None, server=None,
               before=""):
        frame, asked = self.watch.request("deploy", {
            "id": str(uuid.uuid4()), "module": name, "trigger": "manual",
            "source": before + module_text(number),
            **({} if target is None else {"target": target})})
        sent = time.perf_counter()
        self.watch.send(frame)
        answer, done = self.watch.answer(asked)
        deploy = answer.get("result")
        assert deploy and deploy["outcome"] == "deployed", answer
        closed = (server or self.server).when_closed(name)
        return Deployed(sent, closed, done, deploy, answer["before"])

    def end(self):
        self.watch.close()
        # The daemon itself: a tracer around it ends with it.
        os.kill(self.pid, signal.SIGTERM)
        self.bridge.process.wait(harness.PATIENCE)
        self.bridge.process = None
        for server in self.servers:
            server.end()
        shutil.rmtree(self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.end()

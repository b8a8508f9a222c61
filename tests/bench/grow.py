"""A history as long as is wanted, made by the bridge itself: real deploys, by
a client that keeps many under way, to a server that answers at once.

    with Grown(folder) as grown:
        grown.deploy_until(1000)
        grown.deploy_until(100000, progress=print)

The modules take turns, but for RARE, which has its turn every so often, so
that a history of 100,000 holds 50 deploys of it.
"""

import asyncio
import atexit
import functools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "daemon"))

import websockets  # noqa: E402

from bridge import Bridge  # noqa: E402
import disk  # noqa: E402
from quick_server import QuickServer  # noqa: E402

FULL = os.environ.get("FULL") == "1"
SHORT = os.environ.get("SHORT") == "1"
# How long histories are: a short one, and one that has grown.
SMALL, LARGE = ((1000, 100000) if FULL else (100, 1000) if SHORT
                else (400, 4000))
# Deploys after which the resident memory is looked at.
MEMORY = ((10000, 30000) if FULL else (300, 900) if SHORT
          else (1000, 3000))
# How often it is looked at.
STEP = 100 if SHORT else 1000
# The rarest module is one of so many deploys.
RARE_EVERY = min(2000, LARGE // 4)
# Deploys under way at once, each of another module.
WINDOW = 24
MODULES = 40
RARE = "rare.py"
TARGET = "dev"
LINES = "".join(f"    # line {i} of a module of a usual size\n"
                for i in range(60))


def text(number):
    """About 3 KB, another size than the ones before it: a server that writes
    copies of its own takes the same size only in another second."""
    return f"x = {number}\n" + LINES + "#" * (number % 997) + "\n"


class Grown:
    def __init__(self, folder=None, rare_every=RARE_EVERY):
        self.folder = pathlib.Path(
            tempfile.mkdtemp(prefix="hotbridge-grown-",
                             dir=folder or disk.folder()))
        self.server = QuickServer(self.folder / "env" / "server1")
        self.bridge = Bridge(self.folder / "home")
        self.bridge.add_target(TARGET, [self.server.folder], onSave="always",
                               onConflict="overwrite")
        self.rare_every = rare_every
        self.count = 0
        self.turn = 0
        self.under_way = {}
        self.resident = {}  # KiB, after so many deploys
        self.packed = False
        self.loop = asyncio.new_event_loop()
        self.socket = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *unused):
        self.stop()
        self.loop.close()
        shutil.rmtree(self.folder)

    def start(self):
        self.bridge.start()
        self.socket = self.loop.run_until_complete(self.connect())

    def stop(self):
        if self.socket is not None:
            self.loop.run_until_complete(self.socket.close())
            self.socket = None
        if self.bridge.process is not None:
            assert self.bridge.stop() == 0, self.bridge.log.read_text()

    def connect_again(self):
        """After a time in which nobody listened to the bridge."""
        self.socket.transport.abort()
        self.loop.run_until_complete(self.socket.wait_closed())
        self.socket = self.loop.run_until_complete(self.connect())

    @property
    def pid(self):
        return self.bridge.process.pid

    async def connect(self):
        info = self.bridge.info()
        socket = await websockets.connect(
            info["url"], subprotocols=["hotbridge.v1"], compression=None,
            max_size=64 * 1024 * 1024, max_queue=None, ping_interval=None,
            extra_headers={"Authorization": "Bearer " + info["token"]})
        await socket.send(json.dumps({
            "jsonrpc": "2.0", "id": 0, "method": "initialize",
            "params": {"client": {"name": "grow", "version": "1"},
                       "protocol": 1}}))
        while json.loads(await socket.recv()).get("id") != 0:
            pass
        return socket

    def module(self, number):
        """The next one that is not under way: a newer save of the same module
        would take the older one's place."""
        if number % self.rare_every == self.rare_every - 1:
            return RARE
        while True:
            self.turn = (self.turn + 1) % MODULES
            name = f"m{self.turn}.py"
            if name not in self.under_way.values():
                return name

    async def send(self, number):
        module = self.module(number)
        self.under_way[number] = module
        await self.socket.send(json.dumps({
            "jsonrpc": "2.0", "id": number, "method": "deploy",
            "params": {"id": str(uuid.uuid4()), "module": module,
                       "source": text(number), "trigger": "manual"}}))

    async def pump(self, upto):
        next_one = self.count + 1
        while self.count < upto:
            while next_one <= upto and len(self.under_way) < WINDOW:
                await self.send(next_one)
                next_one += 1
            message = await self.socket.recv()
            if '"method"' in message[:60]:
                continue  # news of deploys; the answers are what counts
            answer = json.loads(message)
            assert "error" not in answer, answer
            assert answer["result"]["outcome"] == "deployed", answer["result"]
            del self.under_way[answer["id"]]
            self.count += 1

    def deploy_until(self, upto, progress=None, step=STEP):
        """Deploys until so many were made since the beginning."""
        while self.count < upto:
            begun = time.monotonic()
            before = self.count
            self.loop.run_until_complete(
                self.pump(min(upto, self.count + step)))
            self.resident[self.count] = resident(self.pid)
            if progress is not None:
                rate = (self.count - before) / (time.monotonic() - begun)
                progress(f"{self.count} deploys, {rate:.0f} a second, "
                         f"{self.resident[self.count]} KiB")

    async def asked(self, method, params):
        begun = time.perf_counter()
        await self.socket.send(json.dumps({
            "jsonrpc": "2.0", "id": method, "method": method,
            "params": params}))
        while True:
            text = await self.socket.recv()
            if '"method"' not in text[:60]:
                return json.loads(text), time.perf_counter() - begun

    def ask(self, method, params):
        """The answer, and the seconds until it was there."""
        answer, seconds = self.loop.run_until_complete(
            self.asked(method, params))
        assert "error" not in answer, answer
        return answer["result"], seconds

    def one_more(self, number):
        """Seconds that one deploy takes, without the wait for the server."""
        deploy, seconds = self.ask("deploy", {
            "id": str(uuid.uuid4()), "module": f"m{number % MODULES}.py",
            "source": text(self.count + number), "trigger": "manual"})
        assert deploy["outcome"] == "deployed", deploy
        timings = deploy["timings"]
        return seconds - (timings["confirmed"] - timings["delivered"])

    def pack(self):
        """What the bridge does when nobody deploys (upkeep.c), at once."""
        if not self.packed:
            self.stop()
            self.git("repack", "-d", "-q", "--geometric=2",
                     "--no-write-bitmap-index")
            self.start()
            self.packed = True

    def git(self, *arguments):
        subprocess.run(["git", "--git-dir", self.bridge.history, *arguments],
                       env=self.bridge.environment, check=True,
                       stdout=subprocess.DEVNULL)


def resident(pid):
    """KiB."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError(f"{pid} has no VmRSS")


@functools.cache
def shared(count):
    """A history of so many deploys, made once for all who measure it."""
    grown = Grown()
    atexit.register(grown.__exit__)
    grown.start()
    grown.deploy_until(count, progress=lambda line: print(
        line, file=sys.stderr, flush=True) if count >= 10000 else None)
    return grown

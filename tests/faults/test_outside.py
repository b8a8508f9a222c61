"""Nothing is written outside of the pickup directory, whatever is swapped in
while modules are delivered: links of every kind, hard links, pipes and folders
in the module's place, links in place of the folders on the way to it, and of
the staging folder and what lies in it.

tests/faults/outside.c delivers, and swaps from a second process; then a bridge
as a whole delivers. What lies outside is compared afterwards with all that the
file system notes about it: what was there for a moment shows in the time of its
folder."""

import contextlib
import json
import os
import pathlib
import shutil
import stat
import subprocess
import tempfile
import threading

import pytest

import figures
import planted
from world import QuickServer

# Deliveries of each kind during which something was swapped.
TRIES = figures.size(700, 10_000)
# With a defect: enough for it to show itself many times over.
DEFECT_TRIES = 3_000
DEPLOYS = figures.size(15, 300)
CLIENTS = ("a", "b", "c")
SECONDS = figures.size(120, 1_800)
KINDS = ("module", "folder", "staging")
PICKUP = "server1/pickup/incoming/services"

seen = {"tried": 0, "escapes": []}


@pytest.fixture(scope="module")
def driver():
    return planted.part("build/faults/outside")


@pytest.fixture
def memory():
    """A folder in memory: a disk makes most of a delivery a wait."""
    shared = pathlib.Path("/dev/shm")
    folder = tempfile.mkdtemp(prefix="hotbridge-outside-",
                              dir=shared if os.access(shared, os.W_OK) else None)
    yield pathlib.Path(folder)
    shutil.rmtree(folder)


class Place:
    """A server's folder, and beside it all that nobody may touch."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.outside = self.folder / "outside"
        for path in (PICKUP, "server1/.hotbridge", "ground",
                     "outside/folder", "outside/" + PICKUP,
                     "outside/server1/.hotbridge"):
            (self.folder / path).mkdir(parents=True, exist_ok=True)
        for name in ("canary.py", "folder/crm.py", PICKUP + "/crm.py",
                     "server1/.hotbridge/.hotbridge-1-0"):
            path = self.outside / name
            path.write_text("canary = True\n")
            path.chmod(0o640)
            os.utime(path, ns=(10**18, 10**18))
        self.before = self.look()

    def look(self):
        """Bytes, inode, mode, owner and time of everything outside."""
        seen = {}
        for path in [self.outside, *self.outside.rglob("*")]:
            st = path.lstat()
            plain = stat.S_ISREG(st.st_mode)
            seen[str(path.relative_to(self.folder))] = (
                path.read_bytes() if plain else None, st.st_ino, st.st_mode,
                st.st_uid, st.st_gid, st.st_mtime_ns)
        return seen

    def escaped(self):
        after = self.look()
        return sorted(name for name in self.before.keys() | after.keys()
                      if self.before.get(name) != after.get(name))


def run(program, place, kind, tries, *more):
    """How the deliveries went, once all are over."""
    done = subprocess.run(
        [program, "put", place.folder, kind, str(tries), str(SECONDS), *more],
        capture_output=True, text=True, check=False, timeout=SECONDS + 60)
    assert done.returncode == 0, \
        f"{kind}: ended with {done.returncode} {done.stderr}"
    return json.loads(done.stdout)


@pytest.mark.parametrize("kernel", ["new", "old"])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_written_outside(driver, memory, kind, kernel):
    place = Place(memory)
    went = run(driver, place, kind, TRIES, *([kernel] * (kernel == "old")))
    seen["tried"] += went["raced"]
    seen["escapes"] += place.escaped()
    assert not place.escaped(), went
    assert went["raced"] >= TRIES and went["done"] > 0, went
    # A staging folder that is in the way is done without.
    assert kind == "staging" or went["link"] + went["failed"] > 0, \
        f"nothing was in the way: {went}"


class Swapping:
    """A process that swaps until the end of the block."""

    def __init__(self, program, place, kind):
        self.process = subprocess.Popen(
            [program, "swap", place.folder, kind, str(SECONDS)])

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        swapped_to_the_end = self.process.poll() is None
        self.process.kill()
        self.process.wait()
        assert swapped_to_the_end, self.process.returncode


class Server(QuickServer):
    """Reads whatever lies there, and never through a link or for long."""

    def take(self, name, now):
        with contextlib.suppress(OSError):
            super().take(name, now)

    def read(self, name):
        fd = os.open(self.pickup / name,
                     os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(fd, "rb") as file:
            return file.read()


def deploys(bridge, server, name, outcomes):
    with contextlib.closing(bridge.client()) as client:
        for number in range(DEPLOYS):
            deploy = client.deploy("crm.py", f"{name} = {number}\n")
            outcomes.append(deploy["outcome"])
            if deploy["outcome"] == "rejected":  # a link: away with it
                with contextlib.suppress(OSError):
                    (server.pickup / "crm.py").unlink()


@pytest.mark.parametrize("kind", ["module", "staging"])
def test_nor_by_a_bridge(driver, bridge, tmp_path, kind):
    server = Server(tmp_path / "server1")
    place = Place(tmp_path)
    bridge.add_target("dev", [server.folder], onSave="always",
                      onConflict="overwrite", confirmTimeout="1s")
    bridge.start()
    outcomes = []
    with Swapping(driver, place, kind):
        clients = [threading.Thread(target=deploys,
                                    args=(bridge, server, name, outcomes))
                   for name in CLIENTS]
        for client in clients:
            client.start()
        for client in clients:
            client.join(SECONDS)
    seen["tried"] += len(outcomes)
    seen["escapes"] += place.escaped()
    assert not place.escaped()
    assert len(outcomes) == len(CLIENTS) * DEPLOYS, outcomes
    # Nothing that was in the way is in the way for good.
    with contextlib.closing(bridge.client()) as client:
        module = server.pickup / "crm.py"
        module.rmdir() if module.is_dir() and not module.is_symlink() \
            else module.unlink(missing_ok=True)
        deploy = client.deploy("crm.py", "at_last = True\n")
    assert module.read_text() == "at_last = True\n", deploy


def test_the_figure():
    figures.tell("outside", f"{seen['tried']:,} tries, "
                 f"{len(seen['escapes'])} escapes",
                 aim="10,000 tries with FULL=1, 0 escapes",
                 reached=not seen["escapes"] and
                 seen["tried"] >= figures.size(6 * TRIES, 10_000),
                 escapes=seen["escapes"])


@pytest.mark.parametrize("name, kind", [("links-followed", "folder"),
                                        ("touched-by-name", "module"),
                                        ("staged-anywhere", "folder")])
def test_a_defect_is_noticed(memory, name, kind):
    program = planted.part("build/faults/outside", name)
    place = Place(memory)
    run(program, place, kind, DEFECT_TRIES)
    assert place.escaped(), f"{name} was not noticed"

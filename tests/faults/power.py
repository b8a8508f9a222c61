"""What both suites on a loss of power need: deploys of every kind, with what
was told of each and when, and a bridge on the disk that the loss left."""

import py_compile
import subprocess

import figures
from bridge import wait_until
from world import TOLD, Server, World

FOREIGN = b"somebody = 'else'\n"
# How long a deploy that lost its server's line may take to end.
CONFIRM = "10s"


class Compiling(Server):
    """Leaves bytecode, as Python does: a bridge that does not know what the
    server had answered when the power went can tell by it."""

    def load(self, copy):
        py_compile.compile(str(copy))


class PowerWorld(World):
    server_kind = Compiling


class Deploys:
    """In a world; `told` is (place, id, state, deploy) of all that a client
    was told, in order, where a place says how much of the disk's story had
    passed by then."""

    def __init__(self, world):
        self.world = world
        self.sources = world.sources
        self.saves = {}
        self.told = []

    def save(self, module, source=None, outcome="deployed"):
        source = source or self.world.source()
        deploy = self.world.client.deploy(module, source)
        assert deploy["outcome"] == outcome, deploy
        self.saves[deploy["id"]] = source

    def of_every_kind(self):
        for module in ("crm.py", "crm.py", "other.py", "crm.py"):
            self.save(module)
        self.sources.add(FOREIGN)
        self.world.server.change("crm.py", FOREIGN)
        self.save("crm.py")
        self.save("broken.py", "def broken(:\n", "rejected")
        self.save("other.py")

    def settled(self):
        """Nothing is left in the journal: git's files have all of it."""
        journal = self.world.bridge.history / "hotbridge.journal"
        wait_until(lambda: journal.read_bytes()[:4] == bytes(4),
                   "the journal to be empty")

    def acknowledged(self, place):
        """What had been told of each deploy by then."""
        return {deploy_id: (state, deploy) for at, deploy_id, state, deploy
                in self.told
                if at <= place and deploy_id in self.saves and state in TOLD}


class After:
    """Bridges on what losses of power left in a folder, of the deploys that
    `deploys` says at the time."""

    def __init__(self, deploys, folder):
        self.deploys = deploys
        self.folder = folder
        self.wrong = []
        self.tried = 0

    def world(self):
        world = PowerWorld(self.folder, confirmTimeout=CONFIRM)
        world.sources = self.deploys.sources
        return world

    def try_one(self, world, place, where):
        """A bridge is started there, and has to know what had been told."""
        acknowledged = self.deploys.acknowledged(place)
        self.tried += 1
        for torn in world.torn([]):
            self.wrong.append(f"torn: {torn}, {where}")
        try:
            with world:
                self.look(world, acknowledged, where)
        except (AssertionError, subprocess.TimeoutExpired) as error:
            self.wrong.append(f"no start: {error}"[:2000] + f", {where}")
        finally:
            world.server.end()

    def look(self, world, acknowledged, where):
        aside = list(world.bridge.history.parent.glob("*damaged*"))
        if aside and acknowledged:
            self.wrong.append(f"lost: the whole history, {where}")
            return
        for deploy_id, (state, told) in acknowledged.items():
            lost = self.lost(world, deploy_id, state, told)
            if lost:
                self.wrong.append(
                    f"lost: {lost} of {told['module']} {state}, {where}")
        world.deploy("crm.py")
        world.check_history()

    def lost(self, world, deploy_id, state, told):
        """What is not there any more of a deploy, or nothing."""
        deploy = world.outcome(deploy_id, True)
        if deploy is None:
            return "all"
        source = self.deploys.saves[deploy_id]
        if world.bridge.git("cat-file", "-p", deploy["blob"]) != source:
            return "the bytes"
        if state != "done":
            return None
        if deploy["commit"] != told["commit"]:
            return "the outcome"
        found = told.get("found")
        if found and world.bridge.git(
                "show", f"{found}:services/{told['module']}") != (
                FOREIGN.decode()):
            return "the version that was found"
        return None


def tell(name, after, states, **details):
    print("\n".join(after.wrong))
    lost = sum(one.startswith("lost") for one in after.wrong)
    torn = sum(one.startswith("torn") for one in after.wrong)
    figures.tell(
        name, f"{after.tried} states of the disk: {lost} acknowledged saves "
        f"lost, {torn} torn modules, {len(after.wrong) - lost - torn} other "
        "wrongs", "0 of each", not after.wrong and after.tried >= states,
        wrong=after.wrong[:50], **details)

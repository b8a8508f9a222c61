"""A deploy under a fault, and what was said of it held against what is there:
on the disk, at the server, in the history and in the trace."""

import asyncio
import py_compile
import re
import sys
import time
import uuid

import websockets

import figures
from bridge import PATIENCE, RpcError, wait_until
from world import Server, World

# Seconds; a busy machine may need more in the short form.
WELL_AGAIN = figures.size(30.0, 5.0)
# How long a fault lasts at most: longer than a deploy may wait for a server.
LASTS = 8.0
TIMEOUT = 6.0
# What the bridge may say when the file is there, and when it is not.
DELIVERED = ("deployed", "failed", "unconfirmed")
UNDELIVERED = ("rejected", "unreachable", "cancelled", "superseded",
               "conflict")
FLUSH = re.compile(
    r"^(?:\d+ +)?(?:fsync|fdatasync|sync_file_range)\(\d+<([^>]*)>")


def unflushed(trace, history):
    """Files of the history whose last flush has failed."""
    last = {}
    for line in trace.splitlines():
        match = FLUSH.match(line)
        if match and match[1].startswith(str(history)):
            last[match[1]] = "INJECTED" in line
    return [path for path, failed in last.items() if failed]


class CompilingServer(Server):
    """Leaves bytecode behind, as an import does: it tells an answer to a
    nudge from one to the next deploy."""

    def load(self, copy):
        name = f"{copy.stem}.{sys.implementation.cache_tag}.pyc"
        py_compile.compile(
            copy, copy.parent / "__pycache__" / name, doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)


class Trials(World):
    """Deploys under faults; keeps what was wrong."""

    server_kind = CompilingServer

    def __init__(self, folder):
        super().__init__(folder, confirmTimeout=f"{TIMEOUT:.0f}s")
        self.wrong = []
        self.tried = 0
        self.slowest = 0.0
        self.turn = 0

    def count(self, word):
        return sum(one.startswith(word) for one in self.wrong)

    def note(self, what, where):
        self.wrong.append(f"{what}: {where}")

    def trial(self, fault, where, lasts=LASTS, more=0, meanwhile=None):
        """One deploy while the fault lasts, of `more` bytes, then a good one.
        `fault` gives a function that tells the trace of it; `meanwhile` is
        called once the deploy was asked for."""
        self.turn += 1
        self.tried += 1
        module = "crm.py" if self.turn % 2 else f"new_{self.turn}.py"
        before = self.pickup(module)
        source = self.source(more)
        params = {"id": str(uuid.uuid4()), "module": module,
                  "source": source, "trigger": "manual"}
        seen = len(self.client.changes)
        with fault as trace:
            number = self.client.ask("deploy", params)
            if meanwhile is not None:
                meanwhile(params["id"])
            answer = self.answer(number, lasts)
        healed = time.monotonic()
        if answer is None:
            # What was held up goes on now.
            answer = self.answer(number, WELL_AGAIN + TIMEOUT)
        trace = trace() if trace is not None else ""
        told = [change for change in self.client.changes[seen:]
                if change["id"] == params["id"]]
        if self.bridge.process.poll() is not None:
            self.note("crash", where)
            self.anew()
            return trace
        try:
            self.judge(params, before, told, answer, trace, where)
            self.recovers(where)
            self.slowest = max(self.slowest, time.monotonic() - healed)
        except (AssertionError, OSError,
                websockets.WebSocketException) as error:
            self.note(f"not well again: {error}"[:1000], where)
            self.anew()
        return trace

    def answer(self, number, seconds):
        try:
            return self.client.answer(number, seconds)
        except RpcError as error:
            return error
        except (asyncio.TimeoutError, OSError, websockets.WebSocketException):
            return None  # not in time, or the bridge is gone

    def anew(self):
        self.leave()
        if self.bridge.process.poll() is None:
            self.bridge.kill()
        self.bridge.process = None
        self.start()

    # ---- what was said against what is there ---------------------------

    def judge(self, params, before, told, answer, trace, where):
        module, source = params["module"], params["source"].encode()
        recorded = any(one["state"] == "recorded" for one in told)
        if self.pickup(module) not in (before, source):
            self.note("torn", where)
        for torn in self.torn():
            self.note(f"torn: {torn}", where)
        there = self.pickup(module) == source
        taken = (module, source) in self.server.taken
        lost = unflushed(trace, self.bridge.history)
        if answer is None:
            self.note("no answer", where)
        elif isinstance(answer, RpcError):
            # Nothing was recorded, nothing was delivered.
            if there or taken:
                self.note(f"told {answer.reason}, but delivered", where)
            if recorded:
                self.note("an error after recorded", where)
            if self.outcome(params["id"]) is not None:
                self.note("an error, but recorded", where)
        else:
            self.judge_outcome(answer, there, taken, where)
            if lost and "commit" in answer:
                self.note(f"recorded, but never flushed: {lost}", where)
            self.judge_history(params, answer, where)

    def judge_outcome(self, answer, there, taken, where):
        outcome = answer["outcome"]
        if outcome == "deployed" and not (there and taken):
            self.note("false deployed", where)
        elif outcome in DELIVERED and not there:
            self.note(f"told {outcome}, but not delivered", where)
        elif outcome in UNDELIVERED and (there or taken):
            self.note(f"told {outcome}, but delivered", where)
        elif outcome not in DELIVERED + UNDELIVERED:
            self.note(f"told {outcome}", where)
        if answer.get("found"):
            self.note("our own version is taken for another's", where)

    def judge_history(self, params, answer, where):
        """It is in the history, or will be soon after the fault's end."""
        deploy = self.outcome(params["id"])
        if deploy is None:
            self.note("recorded, and not there", where)
            return
        if deploy["outcome"] != answer["outcome"]:
            self.note(f"told {answer['outcome']}, recorded "
                      f"{deploy['outcome']}", where)
        wait_until(lambda: self.times(params["id"]),
                   "the outcome in the history", WELL_AGAIN)
        if self.times(params["id"]) != 1:
            self.note("recorded twice", where)
        if self.bridge.git("cat-file", "-p",
                           deploy["blob"]) != params["source"]:
            self.note("recorded with other bytes", where)

    def times(self, deploy_id):
        """Commits of outcomes with that id; a server's late word is none."""
        triggers = self.bridge.git(
            "log", "--format=%(trailers:key=Trigger)", "--branches",
            "--glob=refs/hotbridge/undelivered/*", "--grep",
            f"^Deploy-Id: {deploy_id}").split("\n")
        return sum(line not in ("", "Trigger: late") for line in triggers)

    def recovers(self, where):
        began = time.monotonic()
        self.deploy("crm.py")
        took = time.monotonic() - began
        if took > WELL_AGAIN:
            self.note(f"not well again: only after {took:.1f} s", where)
        if self.rests_gone(0.2):
            # What could not be removed goes with the next start at the
            # latest.
            self.anew()
            left = self.rests_gone(PATIENCE)
            if left:
                self.note(f"left over: {left}", where)

    def told(self):
        return (f"{self.count('crash')} crashes, "
                f"{self.count('false deployed')} false deployed, "
                f"{len(self.wrong)} wrongs in all; well again after "
                f"{self.slowest:.1f} s at most")

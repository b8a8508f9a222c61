"""One run of the suite of hostile logs: a case, a module, and the verdict
held against the truth."""

import random
import time

from bridge import wait_until
from log_ground import TIMEOUT

KINDS = {
    "good": "",
    "raises": "raise ValueError('no good')",
    "import": "import nosuchmodule",
}


class Run:
    """`kind` is what the module does when it is imported: only `good` ones
    come to their end. `sure`: the servers' words are there to be read, so
    that `unconfirmed` is a miss."""

    def __init__(self, field, ground, case, seed):
        self.field = field
        self.ground = ground
        self.case = case
        self.seed = seed
        self.rng = random.Random(seed)
        self.servers = ground.each
        word = f"{self.rng.getrandbits(40):010x}"
        self.token = "t" + word
        self.module = f"m_{word}.py"
        self.service = f"s.{word}"
        self.kind = self.rng.choice(["good", "good", "raises"])
        self.body = None
        self.sure = True
        self.notes = []
        self.turned = set()
        self.id = None
        self.asked = 0.0
        self.said = {}
        self.answer = None

    def __str__(self):
        return " ".join([self.case.__name__, self.ground.profile,
                         f"x{self.ground.workers}", self.kind, *self.notes])

    # What a case says of itself.

    def note(self, word):
        self.notes.append(word)

    def name(self, service):
        self.service = f"{service}.{self.token}"

    def choose(self, kinds):
        self.kind = self.rng.choice(kinds)

    def other_token(self, same_size):
        return ("o" if same_size else "other") + self.token[1:]

    # What it does.

    def knob(self, **values):
        self.turned.update(values)
        for server in self.servers:
            server.knob(**{name: str(value)
                           for name, value in values.items()})

    def before(self, module=None, service=None):
        """An older version is deployed well."""
        source = self.ground.source("old" + self.token,
                                    service or self.service)
        done = self.ground.outcome(self.ground.deploy(
            module or self.module, source))
        assert done["outcome"] == "deployed", done

    def source(self):
        body = KINDS[self.kind] if self.body is None else self.body
        return self.ground.source(self.token, self.service, body)

    def deploy(self):
        self.said = {server: self.count(server) for server in self.servers}
        self.asked = time.time()
        self.id = self.ground.deploy(self.module, self.source())

    def delivered(self):
        self.ground.delivered(self.id)

    def count(self, server, until=float("inf")):
        if self.kind == "good":
            return server.said(self.module, until)
        return server.refused(self.module, until)

    def wait_said(self, times=1, good=None):
        """Every process of every server has said its word `times` times."""
        def enough():
            return all((server.said(self.module) if good
                        else self.count(server)) - self.said[server] >=
                       times * self.ground.workers for server in self.servers)
        wait_until(enough, f"words about {self.module}")

    def wait_idle(self):
        for server in self.servers:
            server.wait_idle()

    def finish(self):
        self.answer = self.ground.outcome(self.id)
        return self.answer

    # What is true.

    def loaded(self):
        """Every process of every server has run these bytes to their end."""
        done = self.ground.loaded(self.token)
        return all((server.name, pid) in done
                   for server in self.servers for pid in server.pids()) and \
            all(server.pids() for server in self.servers)

    def readable(self):
        """The words of all of them stand in the log or in a file beside it,
        and were written in good time before the deadline."""
        until = self.asked + TIMEOUT - 1
        return all(self.count(server, until) - self.said[server] >=
                   self.ground.workers for server in self.servers)

    def verdict(self):
        """None when the answer is right, or what is wrong with it."""
        outcome = self.answer["outcome"]
        if outcome == "deployed":
            return None if self.kind == "good" and self.loaded() else "false"
        if outcome == "failed":
            if self.kind != "good":
                return None
            return "wrong"
        if outcome == "unreachable":
            return "strange" if self.sure else None
        if outcome != "unconfirmed":
            return "strange"
        return "missed" if self.sure and self.readable() else None

    def clean(self):
        self.ground.reset(self.turned)
        went = False
        for server in self.servers:
            rotated = list(server.log.parent.glob("server.log.*"))
            if rotated:
                server.append(server.line("goes on here", logger="zato"))
            for path in rotated:
                path.unlink()
                went = True
            if self.rng.random() < 0.2 or (
                    server.log.exists() and
                    server.log.stat().st_size > 1 << 20):
                with server.quiet():
                    server.log.write_bytes(b"")
        if went:
            # What the bridge was still reading went under its eyes, and it
            # says so: to this deploy, not to that of the next run.
            self.ground.outcome(self.ground.deploy(
                "settled.py",
                self.ground.source("settled" + self.token, "settled.get")))


def play(field, ground, case, seed):
    """One run; gives (run, what is wrong or None)."""
    run = Run(field, ground, case, seed)
    try:
        case(run)
        run.finish()
        return run, run.verdict()
    finally:
        run.clean()

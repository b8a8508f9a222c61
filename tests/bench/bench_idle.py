"""A bridge that follows the logs of ten targets and has nothing to do: how
often any of its threads wakes up, and the processor time that it takes. No
client is connected: one is asked every half minute whether it is still there,
by the protocol's ping."""

import os
import pathlib
import time

from bridge import wait_until
from figures import value
from place import FULL, Place

ORDER = 9
TARGETS = 10
SECONDS = 60 if FULL else 5
EVENTS = 20
# What a connection and a deploy begin (a limit on the time to say hello, a
# nudge) has ended by then.
SETTLED = 6


class TenTargets(Place):
    def targets(self):
        for number, server in enumerate(self.servers):
            self.bridge.add_target(f"t{number}", [server.folder],
                                   onSave="always", onConflict="overwrite")


def wake_ups(pid):
    """Of all threads, so far."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for line in (task / "status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                total += int(line.split()[1])
    return total


def processor_seconds(pid):
    words = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")")[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def children(pid):
    return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def rest(pid, seconds):
    """Waits until a whole while has gone by without a wake-up: what a deploy
    has left to do is done."""
    last = [wake_ups(pid), time.monotonic()]

    def quiet():
        now = wake_ups(pid)
        if now != last[0]:
            last[:] = now, time.monotonic()
        return time.monotonic() - last[1] > seconds
    wait_until(quiet, "a bridge at rest", 60)


def bench_idle(_):
    with TenTargets(servers=TARGETS) as place:
        for number, server in enumerate(place.servers):
            place.deploy(number, target=f"t{number}", server=server)
        pid = place.pid
        place.watch.close()
        if FULL:  # the helper that checks syntax is ended once, when unused
            wait_until(lambda: not children(pid), "no helper", 120)
        rest(pid, SETTLED)
        woken, busy = wake_ups(pid), processor_seconds(pid)
        time.sleep(SECONDS)
        woken = wake_ups(pid) - woken
        busy = processor_seconds(pid) - busy
        before = wake_ups(pid)
        for number in range(EVENTS):
            place.servers[number % TARGETS].say("nothing of ours")
            rest(pid, 0.05)
        spoken = wake_ups(pid) - before
    return [
        value("", woken, aim=0, exact=True, seconds=SECONDS,
              what=f"wake-ups of an idle bridge that follows {TARGETS} "
              f"targets, in {SECONDS} s"),
        value("processor", busy, unit="s", seconds=SECONDS,
              what="its processor time meanwhile, in seconds"),
        value("a log's line", spoken / EVENTS, runs=EVENTS,
              what="its wake-ups for each line that a followed log takes on"),
    ]

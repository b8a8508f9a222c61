"""A save -> its outcome shown, less the time that the server itself took to
import the module: what the bridge adds to it, through a connection as an
editor holds one, and through the command line."""

import statistics
import subprocess
import time

import bridge as harness
from figures import spread, value
from place import Place, WARM_UP, module_text
from quick_server import ImportingServer

ORDER = 10
IMPORT = "import time\ntime.sleep(0.1)\n"
LIMIT = 50  # milliseconds


def added(place, begun, ended, name):
    return (ended - begun - place.server.busy.pop(name)) * 1000


def through_socket(place, number):
    done = place.deploy(number, before=IMPORT)
    return added(place, done.sent, done.done, "bench.py")


def through_command(place, number):
    file = place.folder / "saved.py"
    file.write_text(IMPORT + module_text(number))
    begun = time.perf_counter()
    ran = subprocess.run([harness.PROGRAM, "deploy", str(file)],
                         env=place.bridge.environment, capture_output=True,
                         check=True)
    ended = time.perf_counter()
    assert b"deployed on 1 of 1" in ran.stdout, ran
    place.server.when_closed("saved.py")
    return added(place, begun, ended, "saved.py")


def bench_editor(rounds):
    times = {"socket": [], "command": []}
    with Place(kind=ImportingServer) as place:
        for number in range(max(10, rounds // 2) + WARM_UP):
            row = (through_socket(place, number),
                   through_command(place, number))
            if number >= WARM_UP:
                times["socket"].append(row[0])
                times["command"].append(row[1])
    what = ("milliseconds from a save to its outcome shown, beyond the "
            "server's own import, ")
    return [
        value("", statistics.median(times["socket"]), aim=LIMIT, unit="ms",
              best=min(times["socket"]), ours=spread(times["socket"]), runs=len(times["socket"]),
              what=what + "in an editor"),
        value("command line", statistics.median(times["command"]), aim=LIMIT,
              unit="ms", best=min(times["command"]),
              ours=spread(times["command"]),
              runs=len(times["command"]), what=what + "on the command line"),
    ]

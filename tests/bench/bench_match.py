"""What it costs to match a server's log against only reading it."""

import pathlib
import subprocess
import tempfile

from figures import compare

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOGS = ROOT / "tests" / "logs" / "3.2"
SIZE = 100 << 20
# Of these, one in so many lines is a record of hot-deploy as recorded.
USUAL = 200
LINE = ("2026-11-23 02:51:{:02d},{:03d} - \x1b[1;37mINFO \x1b[0m - {}:Dummy-{} "
        "- zato_rest:0 - REST cha → cid={:024x}; POST /crm/kunde/über "
        "name=crm.customer.get; len={}; agent=python-requests/2.34.2; "
        "remote-addr=127.0.0.1:{}\n")
AIM = 4.0


def write_log(path):
    """100 MB as a busy server writes it, with all that real servers were seen
    to log of deploys in between; gives how many deploys succeeded or not."""
    recorded = [one.read_text() for one in sorted(LOGS.glob("*.log"))]
    size = number = 0
    with open(path, "w", encoding="utf-8") as log:
        while size < SIZE:
            text = "".join(
                LINE.format(i % 60, i * 7 % 1000, 3594 + i % 3, i % 90,
                            i * 7919, i * 31 % 5000, 32768 + i % 9999)
                for i in range(number, number + USUAL))
            text += recorded[number // USUAL % len(recorded)]
            number += USUAL
            log.write(text)
            size += len(text.encode())


def bench_match(rounds):
    """matching 100 MB of log in a UTF-8 locale, against read() of it"""
    subprocess.run(["make", "-s", "--no-print-directory", "-C", ROOT,
                    "build/bench/match"], check=True)
    with tempfile.TemporaryDirectory(prefix="hotbridge-bench-") as folder:
        log = pathlib.Path(folder) / "server.log"
        write_log(log)
        done = subprocess.run(
            [ROOT / "build" / "bench" / "match", log, str(rounds)],
            env={"LC_ALL": "C.UTF-8"}, capture_output=True, text=True,
            check=True)
    rows = [line.split() for line in done.stdout.splitlines()]
    rival = [float(row[0]) * 1000 for row in rows]
    ours = [float(row[1]) * 1000 for row in rows]
    events = {int(row[2]) for row in rows}
    assert len(rows) == rounds and len(events) == 1 and min(events) > 1000, rows
    return compare("", ours, rival, "ms", aim=AIM, events=min(events),
                   what="reading and matching 100 MB of a server's log, "
                   "against reading it")


if __name__ == "__main__":
    print(bench_match(9))

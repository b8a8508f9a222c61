"""Attempt, write and outcome together, from the client's sending to its
answer without the wait for the server, against git add && git commit && cp in
a repository of the user's own: on a disk, with core.fsync=all there, and on a
tmpfs. Git as it comes flushes nothing here; two bare flushes, which is what a
deploy has to make, are shown beside it."""

import os
import pathlib
import subprocess
import time

from figures import compare, write_and_flush
from place import Place, WARM_UP, module_text

ORDER = 2
SCRIPT = "git add bench.py && git commit -q -m save && cp bench.py \"$0\""
TMPFS = pathlib.Path("/dev/shm")


class Repository:
    """A user's own, without anything that would slow git down."""

    def __init__(self, place, name, **settings):
        self.folder = place.folder / name
        self.environment = place.bridge.environment
        self.target = place.folder / "copied.py"
        self.git("init", "-q", str(self.folder), cwd=place.folder)
        for key, value in {"gc.auto": "0", **settings}.items():
            self.git("config", key.replace("_", "."), value)

    def git(self, *arguments, cwd=None):
        subprocess.run(["git", *arguments], check=True,
                       cwd=cwd or self.folder, env=self.environment)

    def save(self, text):
        (self.folder / "bench.py").write_text(text)
        begun = time.perf_counter()
        subprocess.run(["sh", "-c", SCRIPT, self.target], check=True,
                       cwd=self.folder, env=self.environment)
        return time.perf_counter() - begun


def measure(rounds, below, **repositories):
    """Milliseconds of ours, of each repository, and of two bare flushes."""
    times = {name: [] for name in ("ours", "flushes", *repositories)}
    with Place(below=below) as place:
        rivals = {name: Repository(place, name, **settings)
                  for name, settings in repositories.items()}
        for number in range(rounds + WARM_UP):
            row = {"ours": place.deploy(number).recording}
            row["flushes"] = sum(
                write_and_flush(place.folder / name, module_text(number))
                for name in ("one.py", "other.py"))
            for name, rival in rivals.items():
                row[name] = rival.save(module_text(number))
            if number >= WARM_UP:
                for name, seconds in row.items():
                    times[name].append(seconds * 1000)
    return times


def bench_record(rounds):
    disk = measure(rounds, None, plain={}, flushed={"core_fsync": "all"})
    what = ("attempt, write and outcome of a save together, against `git add "
            "&& git commit && cp`")
    figures = [
        compare("on disk", disk["ours"], disk["plain"], "ms", aim=0.30,
                what=what),
        compare("two flushes", disk["flushes"], disk["plain"], "ms",
                what="two bare flushes of the same disk against the same: "
                "what no record with two of them can go below"),
        compare("core.fsync=all", disk["ours"], disk["flushed"], "ms",
                aim=0.40, what="the same when git flushes all that it writes, "
                "as the bridge does"),
    ]
    if TMPFS.is_dir() and os.access(TMPFS, os.W_OK):
        memory = measure(rounds, TMPFS, plain={})
        figures.append(compare("on tmpfs", memory["ours"], memory["plain"],
                               "ms", aim=0.10, what="the same where flushes "
                               "cost nothing"))
    return figures

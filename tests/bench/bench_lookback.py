"""The last 50 deploys, of the rarest module and of all, against git log on the
same repository, which has its commit-graph with changed paths. Interleaved.
In a history as short as that of a short run git has little to look through,
so the rarest module's figure has no aim there.
git is spawned, as one would spawn it; ours is a question to the bridge."""

import subprocess
import time

from figures import compare
from grow import LARGE, RARE, SHORT, TARGET, shared

ORDER = 21
LIMIT = 50
WARM_UP = 3


def git_log(grown, *arguments):
    begun = time.perf_counter()
    done = subprocess.run(
        ["git", "--git-dir", grown.bridge.history, "log", f"-{LIMIT}", TARGET,
         *arguments], env=grown.bridge.environment, check=True,
        capture_output=True)
    seconds = time.perf_counter() - begun
    return done.stdout.count(b"\nDate: "), seconds


def pairs(grown, rounds, params, arguments, least):
    ours, rival = [], []
    for number in range(rounds + WARM_UP):
        page, one = grown.ask("history/list", {
            "target": TARGET, "limit": LIMIT, **params})
        count, other = git_log(grown, *arguments)
        assert len(page["deploys"]) == count >= least, (
            len(page["deploys"]), count)
        if number >= WARM_UP:
            ours.append(one * 1000)
            rival.append(other * 1000)
    return ours, rival


def bench_lookback(rounds):
    grown = shared(LARGE)
    grown.pack()
    grown.git("commit-graph", "write", "--reachable", "--changed-paths")
    rare = pairs(grown, rounds, {"module": RARE},
                 ["--", "services/" + RARE], 1)
    every = pairs(grown, rounds, {}, [], LIMIT)
    return [
        compare("rarest module", *rare, "ms", aim=None if SHORT else 0.05,
                what=f"the last {LIMIT} deploys of the rarest of the modules, "
                f"after {LARGE:,}, against `git log -{LIMIT} -- FILE` with "
                "changed paths"),
        compare("all", *every, "ms", aim=0.5,
                what=f"the last {LIMIT} deploys of all, after {LARGE:,}, against "
                f"`git log -{LIMIT}`"),
    ]

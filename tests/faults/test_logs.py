"""The verdict survives the logs: rotated, cut, deleted, torn, flooded, forged.

500 runs (short form: each case with each kind of server once), each a deploy
whose log is spoiled or lies (log_cases.py). What is true is told by the modules
themselves, when they are imported (log_ground.py).

- *false*: the bridge says `deployed`, and not every process of every server
  has run exactly these bytes to their end.
- *wrong*: it says `failed` of a module that can be imported.
- *missed*: it says `unconfirmed` although the case calls itself sure (no rule
  of docs/truth.md leaves a doubt) and the word of every process stood whole,
  when the run was over, in the server's log or in a file beside it.

The seed is printed; SEED=n plays the same runs, RUN=k,l only those of them.
"""

import concurrent.futures
import os
import random

import pytest

import figures
import log_lies  # noqa: F401: they bring the cases
import log_spoiled  # noqa: F401
import planted
from log_cases import CASES
from log_ground import Field
from log_run import play

SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
ONLY = [int(one) for one in os.environ.get("RUN", "").split(",") if one]
# A defect that shows in one order of things only has more runs to show in.
TURNS = 3


def plan(grounds, count, cases):
    """[(number, ground, case)]: every case meets every ground."""
    pairs = [(ground, one) for one in cases for ground in grounds]
    return [(number, *pairs[number % len(pairs)]) for number in range(count)]


def play_all(folder, seed, count, cases=None, grounds=Field.GROUNDS):
    """Plays the runs, the grounds at once; gives [(number, run, wrong)]."""
    told = []
    with Field(folder, grounds) as field:
        runs = [one for one in plan(field.grounds, count,
                                    cases or CASES)
                if not ONLY or one[0] in ONLY]

        def on(ground):
            for number, where, case in runs:
                if where is not ground:
                    continue
                try:
                    run, wrong = play(field, ground, case, f"{seed}/{number}")
                    told.append((number, run, wrong))
                    show(number, run, wrong)
                except BaseException:
                    print(f"RUN={number}: {case.__name__} on "
                          f"{ground.profile} came to no end")
                    raise
        with concurrent.futures.ThreadPoolExecutor(
                len(field.grounds)) as pool:
            for done in [pool.submit(on, one) for one in field.grounds]:
                done.result()
    return sorted(told, key=lambda one: one[0])


def show(number, run, wrong):
    if wrong:
        servers = [(one["state"], one.get("message"))
                   for one in run.answer["servers"]]
        print(f"RUN={number} {wrong}: {run}: {run.answer['outcome']}: "
              f"{servers}")


def test_the_verdict_survives_the_logs(tmp_path):
    each = len(CASES) * len(Field.GROUNDS)
    count = figures.size(each, max(500, 4 * each))
    print(f"SEED={SEED}, {count} runs")
    told = play_all(tmp_path, SEED, count)
    number = {word: sum(wrong == word for _, _, wrong in told)
              for word in ("false", "wrong", "missed", "strange")}
    sure = sum(run.sure for _, run, _ in told)
    confirmed = sum(run.answer["outcome"] == "deployed" for _, run, _ in told)
    figures.tell(
        "logs", f"{len(told)} runs ({sure} sure, {confirmed} deployed): "
        f"{number['false']} false successes, {number['wrong']} false "
        f"failures, {number['missed']} missed; SEED={SEED}",
        "500 runs, 0 false successes, 0 missed", not any(number.values()),
        seed=SEED, runs=len(told), **number)


@pytest.mark.parametrize("defect,profile,cases,wanted", [
    ("line-version-unchecked", "zato-3.2", ["a_server_that_lies"], "false"),
    ("bytecode-unread", "zato-4", ["a_server_that_lies"], "false"),
    ("line-age-unchecked", "zato-3.2",
     ["an_older_version_first_and_ours_fails_unseen"], "false"),
    ("inode-uncompared", "zato-3.2",
     ["rotated_twice_between_two_looks"], "missed"),
    ("any-logger-believed", "zato-3.2", ["a_forged_logger"], "false"),
])
def test_a_planted_defect_is_noticed(tmp_path, defect, profile, cases, wanted):
    runs = 0
    with planted.defect(defect):
        for turn in range(TURNS):
            folder = tmp_path / str(turn)
            folder.mkdir()
            told = play_all(folder, f"{SEED}/{turn}", 3,
                            [one for one in CASES if one.__name__ in cases],
                            [(profile, 1, 1)])
            runs += len(told)
            if any(wrong == wanted for _, _, wrong in told):
                return
    raise AssertionError(f"{defect}: {runs} runs show nothing")

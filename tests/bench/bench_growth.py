"""One more deploy when the history is long, against when it is short: both
with all objects loose, then both packed. Interleaved."""

from figures import compare
from grow import LARGE, SMALL, shared

ORDER = 20
WARM_UP = 5


def pairs(large, small, rounds):
    ours, rival = [], []
    for number in range(rounds + WARM_UP):
        if number % 2 == 0:  # neither is always the first
            one, other = large.one_more(number), small.one_more(number)
        else:
            other, one = small.one_more(number), large.one_more(number)
        if number >= WARM_UP:
            ours.append(one * 1000)
            rival.append(other * 1000)
    return ours, rival


def bench_growth(rounds):
    large, small = shared(LARGE), shared(SMALL)
    results = []
    for name, aim in (("loose", 1.5), ("packed", 1.2)):
        if name == "packed":
            large.pack()
            small.pack()
        ours, rival = pairs(large, small, rounds)
        results.append(compare(
            name, ours, rival, "ms", aim=aim,
            what=f"one more deploy after {LARGE:,} against after {SMALL:,}, "
            f"objects {name}"))
    return results

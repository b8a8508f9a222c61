"""Client sends -> file closed in the pickup directory with the attempt
durable. The rival is what one would do instead: spawn a cp of the file. That
cp keeps no version and flushes nothing; write and fsync in this process is
shown beside it."""

import subprocess
import time

from figures import compare, write_and_flush
from place import Place, WARM_UP, module_text

ORDER = 1


def copy(source, target):
    begun = time.perf_counter()
    subprocess.run(["cp", source, target], check=True)
    return time.perf_counter() - begun


def bench_way(rounds):
    ours, spawned, flushed = [], [], []
    with Place() as place:
        source = place.folder / "source.py"
        for number in range(rounds + WARM_UP):
            text = module_text(number)
            source.write_text(text)
            done = place.deploy(number)
            cp = copy(source, place.folder / "copied.py")
            fsync = write_and_flush(place.folder / "flushed.py", text)
            if number >= WARM_UP:
                ours.append(done.way * 1000)
                spawned.append(cp * 1000)
                flushed.append(fsync * 1000)
    return [
        compare("", ours, spawned, "ms", aim=1.25,
                what="a save, from being sent to its file closed in the "
                "pickup directory and its attempt durable, against a spawned "
                "`cp` that does neither"),
        compare("in process", ours, flushed, "ms",
                what="the same against write and fsync in one process"),
    ]

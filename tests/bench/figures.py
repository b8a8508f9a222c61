"""What a bench gives back: figures, each a dict that the table can show.

    compare("on disk", ours, rival, unit="ms", aim=0.30)   a ratio of medians
    value("flushes a deploy", 2.0, aim=2, exact=True)      a number

A figure without an aim informs. `exact`: it does not depend on how busy the
machine is, so that a short run holds it to its aim. Of others a short run asks
that the best of ours is within SANE times of it: what is always slow is a
defect, what is slow at times is a busy machine."""

import os
import pathlib
import platform
import statistics
import subprocess
import time

import disk

SANE = 3


def spread(values):
    return {"min": round(min(values), 4),
            "median": round(statistics.median(values), 4),
            "max": round(max(values), 4)}


def compare(name, ours, rival, unit, aim=None, **more):
    """Both lists were measured interleaved, in pairs."""
    ratios = [a / b for a, b in zip(ours, rival)]
    return {"name": name, "ours": spread(ours), "rival": spread(rival),
            "unit": unit, "aim": aim, "runs": len(ours),
            "figure": round(statistics.median(ours) /
                            statistics.median(rival), 3),
            "best": round(min(ours) / statistics.median(rival), 3),
            "ratios": spread(ratios), **more}


def value(name, figure, aim=None, **more):
    return {"name": name, "figure": round(figure, 4), "aim": aim, **more}


def finish(result):
    """Whether the aim is reached, and whether the figure is sane."""
    result = dict(result)
    aim = result.get("aim")
    if aim is not None:
        result["reached"] = result["figure"] <= aim
        result["sane"] = (
            result["reached"] if result.get("exact") else
            result.get("best", result["figure"]) <= aim * SANE)
    return result


def write_and_flush(path, text):
    """Seconds for the least that makes bytes durable: write and fsync in this
    process."""
    begun = time.perf_counter()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.write(descriptor, text.encode())
    os.fsync(descriptor)
    os.close(descriptor)
    return time.perf_counter() - begun


def as_list(results):
    if isinstance(results, dict):
        results = [results]
    return [finish(result) for result in results]


def line(bench, result):
    """One line for people."""
    detail = ""
    if "rival" in result:
        detail = (f"  ({result['ours']['median']:.4g} against "
                  f"{result['rival']['median']:.4g} {result['unit']})")
    aim = result.get("aim")
    verdict = ("" if aim is None else f"aim {aim:5.2f}  " +
               ("reached" if result["reached"] else "MISSED "))
    name = f"{bench} {result['name']}".strip()
    return f"{name:34} {result['figure']:8.2f}  {verdict:18}{detail}"


def machine():
    model = "unknown processor"
    for text in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if text.startswith("model name"):
            model = text.split(":", 1)[1].strip()
            break
    version = subprocess.run(["git", "--version"], capture_output=True,
                             text=True, check=False).stdout.split()
    return (f"{os.cpu_count()} x {model}, {platform.system()} "
            f"{platform.release().split('-')[0]}, "
            f"{disk.describe(disk.folder())}, "
            f"git {version[2] if len(version) > 2 else 'absent'}")

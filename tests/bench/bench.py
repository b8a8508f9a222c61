#!/usr/bin/env python3
"""The bridge's speed, each figure against what a user would do instead, in
the same run and interleaved. Each is a file bench_NAME.py with bench_NAME
(rounds), which gives one figure or a list (figures.py).

    bench.py [NAME...]      runs them, writes docs/bench/NAME.json
    bench.py --short        a short form of all: writes to build/bench, and
                            fails only for what no busy machine explains, or
                            when a planted defect goes unnoticed
FULL=1 takes more rounds."""

import atexit
import importlib
import json
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import disk  # noqa: E402
import figures  # noqa: E402
from place import FULL, ROOT, harness  # noqa: E402

ROUNDS = 200 if FULL else 60
SHORT_ROUNDS = 20


def find():
    """The benches by name, in the order of the table."""
    found = {}
    for path in HERE.glob("bench_*.py"):
        name = path.stem.split("_", 1)[1]
        module = importlib.import_module(path.stem)
        found[name] = (getattr(module, "ORDER", 99),
                       getattr(module, path.stem))
    return dict(sorted(found.items(), key=lambda item: (item[1][0], item[0])))


def measure(name, bench, rounds, folder, machine):
    order, run = bench
    results = figures.as_list(run(rounds))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(
        {"machine": machine, "order": order, "figures": results}, indent=2,
        sort_keys=True) + "\n")
    return results


def planted():
    """(patch, the bench that is to notice it) of the planted defects."""
    for patch in sorted((ROOT / "tests/planted").glob("*.patch")):
        catcher = patch.read_text(errors="replace").splitlines()[1].strip()
        if catcher.startswith("tests/bench/bench_"):
            yield patch.stem, pathlib.Path(catcher).stem.split("_", 1)[1]


def notices(patch, name, benches):
    """Does a short run notice the defect?"""
    built = subprocess.run([ROOT / "tests/planted/build", patch], check=True,
                           capture_output=True, text=True)
    sound = harness.PROGRAM
    harness.PROGRAM = built.stdout.strip()
    try:
        results = figures.as_list(benches[name][1](SHORT_ROUNDS))
    finally:
        harness.PROGRAM = sound
    return [result for result in results if not result.get("sane", True)]


def main(names):
    short = "--short" in names
    if short:
        os.environ["SHORT"] = "1"  # before the benches are read
    names = [name for name in names if not name.startswith("-")]
    benches = find()
    for name in names:
        if name not in benches:
            print(f"there is no bench {name}: one of {', '.join(benches)}")
            return 2
    machine = figures.machine()
    folder = ROOT / ("build/bench" if short else "docs/bench")
    lines, insane, missed = [], [], []
    print(f"machine: {machine}", flush=True)
    for name in names or benches:
        begun = time.monotonic()
        for result in measure(name, benches[name],
                              SHORT_ROUNDS if short else ROUNDS, folder,
                              machine):
            lines.append(figures.line(name, result))
            insane += [lines[-1]] if not result.get("sane", True) else []
            missed += [lines[-1]] if not result.get("reached", True) else []
        print(f"  {name} took {time.monotonic() - begun:.1f} s", flush=True)
    if short:
        for patch, name in planted():
            if names and name not in names:
                continue
            noticed = notices(patch, name, benches)
            lines.append(f"planted {patch}: " + (
                "noticed, " + figures.line(name, noticed[0])
                if noticed else "NOT NOTICED"))
            insane += [] if noticed else [lines[-1]]
    print("\n".join(lines))
    if short:
        if insane:
            print("FAILED:\n" + "\n".join(insane))
        return 1 if insane else 0
    return 1 if missed else 0


if __name__ == "__main__":
    disk.enter()
    disk.mount()
    atexit.register(disk.leave)  # after all that a bench has registered
    sys.exit(main(sys.argv[1:]))

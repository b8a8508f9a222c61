"""What the suites print last: one line for each promise.

    figures.tell("strangers", "240 tried, 0 came in", aim="at least 200, 0 in",
                 reached=True)

A figure is told once the suite has measured it; a promise that was missed is
told as missed and fails the test that tells it.
"""

import json
import os
import pathlib

FULL = os.environ.get("FULL") == "1"
ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "build" / "figures"

told = []


def size(short, full):
    """How much is tried: the short form in `make test`, all with FULL=1."""
    return full if FULL else short


def tell(name, figure, aim, reached, **details):
    """Keeps a figure for the end of the run, and in build/figures/NAME.json;
    fails if it was missed."""
    line = {"name": name, "figure": figure, "aim": aim,
            "reached": bool(reached), "full": FULL, **details}
    told.append(line)
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.json").write_text(json.dumps(line, indent=2,
                                                 sort_keys=True) + "\n")
    assert reached, f"{name}: {figure}; aim: {aim}"

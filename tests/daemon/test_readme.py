"""The README opens with what the demo really prints."""

import pathlib
import re
import subprocess

from bridge import PROGRAM

ROOT = pathlib.Path(__file__).resolve().parents[2]


def neutral(text):
    """What differs from run to run: ids, times, places, processes."""
    text = re.sub(r"/\S*/tmp\.\w+", "PLACE", text)
    text = re.sub(r"\b[0-9a-f]{7}\b", "COMMIT", text)
    text = re.sub(r"\b\d\d:\d\d:\d\d\b", "TIME", text)
    text = re.sub(r"pid \d+", "pid N", text)
    text = re.sub(r"[\d.]+ (ms|s)\b", "SECONDS", text)
    return re.sub(r"[ \t]+", " ", text).strip()


def test_the_readme_opens_with_what_the_demo_prints():
    readme = (ROOT / "README.md").read_text()
    shown = re.search(r"<!-- demo:.*?-->\n```\n(.*?)```\n<!-- /demo -->",
                      readme, re.S).group(1)
    done = subprocess.run([ROOT / "examples" / "demo", PROGRAM],
                          capture_output=True, text=True, check=False,
                          timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert neutral(shown) == neutral(done.stdout)


def test_the_tables_of_the_readme_name_real_files():
    readme = (ROOT / "README.md").read_text()
    for name in re.findall(r"\]\(([^)#]+)\)", readme):
        if "://" not in name:
            assert (ROOT / name).exists(), name

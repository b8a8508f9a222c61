"""Every planted defect builds, and each names the suite that catches it."""

import pathlib

import pytest

import planted

PATCHES = sorted(pathlib.Path(planted.BUILD).parent.glob("*.patch"))


@pytest.mark.parametrize("patch", PATCHES, ids=lambda path: path.stem)
def test_a_defect_builds_and_its_suite_names_it(patch):
    words = patch.read_text().splitlines()[:2]
    assert not words[0].startswith(("---", "diff")), "no word on what it breaks"
    suite = pathlib.Path(planted.BUILD).parents[2] / words[1].split("::")[0]
    # The benches take whatever names them: tests/bench/bench.py.
    assert suite.parent.name == "bench" or patch.stem in suite.read_text(), \
        f"{suite} does not use it"
    assert suite.exists()
    assert pathlib.Path(planted.build(patch.stem)).exists()

"""Fixtures: a private bridge, and stand-in servers for it."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "demo"))

from bridge import Bridge  # noqa: E402
from env import Env, PROFILES  # noqa: E402


@pytest.fixture
def bridge(tmp_path):
    """A bridge that is not started yet."""
    with Bridge(tmp_path / "home") as one:
        yield one


@pytest.fixture
def running(bridge):
    """A bridge that runs, with a target whose server does not exist."""
    bridge.add_target("dev", [bridge.home / "nowhere"], onSave="always")
    return bridge.start()


@pytest.fixture(params=PROFILES)
def env(request, tmp_path):
    """Servers and a bridge that run, once for each version of Zato."""
    with Env(tmp_path, request.param) as one:
        yield one


@pytest.fixture
def env32(tmp_path):
    with Env(tmp_path, "zato-3.2") as one:
        yield one


@pytest.fixture
def env4(tmp_path):
    with Env(tmp_path, "zato-4") as one:
        yield one

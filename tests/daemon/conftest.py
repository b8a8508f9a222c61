"""Fixtures: a private bridge, and stand-in servers for it."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "demo"))

from bridge import Bridge  # noqa: E402

"""Fixtures of the stand-in's tests."""
import pytest

from standin import StandIn


@pytest.fixture
def make(tmp_path):
    """make(profile, servers=…, workers=…): a StandIn, closed at the end."""
    made = []

    def build(profile, servers=1, **options):
        folder = tmp_path / 'qs-{}'.format(len(made) + 1)
        made.append(StandIn(folder, profile, servers, **options))
        return made[-1]

    yield build
    for zato in made:
        zato.close()


@pytest.fixture(scope='module')
def make_once(tmp_path_factory):
    """The same for a whole module of tests."""
    made = []

    def build(profile, servers=1, **options):
        folder = tmp_path_factory.mktemp('zato') / 'qs-1'
        made.append(StandIn(folder, profile, servers, **options))
        return made[-1]

    yield build
    for zato in made:
        zato.close()

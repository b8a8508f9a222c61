"""A server that takes somebody else's file, and what knobs are also called."""
import pytest

from standin_sources import one
from standin import demo_server, wait_for

OURS, THEIRS = one('foreign.get', "'ours'"), one('foreign.get', "'not ours'")


@pytest.fixture
def theirs(tmp_path):
    path = tmp_path / 'theirs.py'
    path.write_text(THEIRS)
    return path


@pytest.mark.parametrize('who', ('server1', 'server2'))
def test_one_server_of_two(make, theirs, who):
    """The same line as the other's; its copy and its code tell."""
    zato = make('zato-3.2', 2)
    zato.start()
    zato.ctl(who, 'foreign', theirs)
    zato.put('server1', 'a.py', OURS)
    for server in zato.names:
        line = zato.wait_for_line(server, "['foreign.get']")
        assert 'Deployed 1 service from' in line
        copy = zato.copies(server) / 'a.py'
        assert copy.read_text() == (THEIRS if server == who else OURS)
        assert zato.loaded(server, 'a.py') == {
            'foreign.get': 'not ours' if server == who else 'ours'}


def test_in_place(make, theirs):
    zato = make('zato-4')
    zato.start('foreign={}'.format(theirs))
    path = zato.put('server1', 'a.py', OURS)
    zato.wait_for_line('server1', "['foreign.get']")
    assert path.read_text() == THEIRS
    assert zato.loaded('server1', 'a.py') == {'foreign.get': 'not ours'}


def test_a_file_that_is_gone(make, theirs):
    zato = make('zato-3.2')
    zato.start('foreign={}'.format(theirs))
    theirs.unlink()
    zato.put('server1', 'a.py', OURS)
    zato.wait_for_line('server1', "['foreign.get']")
    assert zato.loaded('server1', 'a.py') == {'foreign.get': 'ours'}


def test_relative_and_missing_files(make, theirs):
    zato = make('zato-3.2')
    zato.start()
    done = demo_server('ctl', zato.server('server1'), 'foreign', theirs.name,
                       cwd=str(theirs.parent))
    assert done.returncode == 0, done.stderr
    assert zato.show('server1')['knobs']['foreign'] == str(theirs)
    bad = demo_server('ctl', zato.server('server1'), 'foreign', '/no/file')
    assert bad.returncode == 2 and 'path of a file' in bad.stderr


@pytest.mark.parametrize('alias,value,knob,held', (
    ('silent', '1', 'deaf', True), ('silent', '0', 'deaf', False),
    ('miss', '3', 'drop', 3), ('split', 'on', 'pieces', 7),
    ('split', '0', 'pieces', 0),
    ('twice', '1', 'double', True), ('lie', '1', 'witness', True),
    ('dependant', 'b.py', 'dependants', ['b.py']),
    ('refuse', '1', 'refuse', 'all'), ('refuse', '0', 'refuse', ''),
    ('refuse', 'json', 'refuse', 'json')))
def test_other_names(make, alias, value, knob, held):
    zato = make('zato-3.2')
    zato.start()
    zato.ctl('server1', alias, value)
    knobs = zato.show('server1')['knobs']
    assert knobs[knob] == held
    assert alias == knob or alias not in knobs


def test_other_names_at_start(make):
    zato = make('zato-3.2')
    zato.start('silent=1', 'server1:twice=1')
    knobs = zato.show('server1')['knobs']
    assert knobs['deaf'] and knobs['double']


def test_refused(make):
    zato = make('zato-3.2')
    zato.start('refuse=1')
    zato.put('server1', 'a.py', OURS)
    zato.wait_for_line('server1', 'No services nor models')
    assert 'ImportError: ' in zato.text('server1')
    zato.ctl('server1', 'refuse', '0')
    wait_for(lambda: not zato.show('server1')['busy'], 'rest')
    zato.put('server1', 'a.py', OURS)
    zato.wait_for_line('server1', "['foreign.get']")

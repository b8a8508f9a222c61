"""The stand-in's logs are those of real servers, line by line."""
import pytest

from standin_neutral import neutral
from standin_sources import ZATO_32, ZATO_41, one
from standin import ROOT, wait_for

LOGS = ROOT / 'tests' / 'logs'


def recorded(version, case, who):
    path = LOGS / version / '{}.{}.log'.format(case, who)
    return neutral(path.read_text(encoding='utf-8'))


def wait_same(zato, read, expected):
    """Waits until as much is logged, then compares line by line."""
    def lines():
        return neutral(read(), zato.folder)
    wait_for(lambda: len(lines()) >= len(expected),
             lambda: 'lines {}, there are {}'.format(expected, lines()))
    assert lines() == expected


@pytest.fixture(scope='module')
def zato_32(make_once):
    zato = make_once('zato-3.2', 2)
    zato.start('noise=on')
    return zato


@pytest.fixture(scope='module')
def zato_41(make_once):
    zato = make_once('zato-4')
    zato.start('gap=0')
    return zato


@pytest.mark.parametrize('case', ZATO_32)
def test_zato_32(zato_32, case):
    marks = {server: zato_32.mark(server) for server in zato_32.names}
    zato_32.put('server1', *ZATO_32[case])
    for server in zato_32.names:
        expected = recorded('3.2', case, server)
        if case == 'forty-services' and server == 'server2':
            # That record ends before its server has deployed.
            zato_32.wait_for_line(server, '40 services', marks[server])
            lines = neutral(zato_32.text(server, marks[server]),
                            zato_32.folder)
            assert lines[:2] == expected[:2] and len(lines) == 4
            continue
        wait_same(zato_32, lambda s=server: zato_32.text(s, marks[s]), expected)


def test_zato_32_twice_within_300_ms(zato_32):
    marks = {server: zato_32.mark(server) for server in zato_32.names}
    module, text = ZATO_32['one']
    zato_32.put('server1', module, text)
    wait_for(lambda: zato_32.show('server1')['noticed'], 'the first save')
    zato_32.put('server1', module, text)
    for server in zato_32.names:
        expected = recorded('3.2', 'twice-within-300ms', server)
        # Whether the second one is told of before or after the first is
        # done is not fixed.
        wait_for(lambda s=server: len(zato_32.lines(s, marks[s])) >=
                 len(expected) - 1, 'both deploys of {}'.format(server))
        assert sorted(neutral(zato_32.text(server, marks[server]),
                              zato_32.folder)) == sorted(expected)


def test_zato_32_deleted(zato_32):
    gone, sign = 'crm_gone.py', 'crm_sign.py'
    zato_32.put('server1', gone, one('crm.gone'))
    zato_32.wait_for_line('server2', gone)
    marks = {server: zato_32.mark(server) for server in zato_32.names}
    (zato_32.pickup('server1') / gone).unlink()
    # A deploy after it shows that there was time to notice.
    zato_32.put('server1', sign, one('crm.sign'))
    for server in zato_32.names:
        zato_32.wait_for_line(server, sign, marks[server])
        assert gone not in zato_32.text(server, marks[server])
        assert zato_32.invoke(server, 'crm.gone') == [None]
        assert recorded('3.2', 'deleted', server) == ['']


@pytest.mark.parametrize('case', ZATO_41)
def test_zato_41(zato_41, case):
    mark = zato_41.mark('server1')
    listener = zato_41.listener_log('server1')
    before = listener.stat().st_size if listener.exists() else 0
    zato_41.put('server1', *ZATO_41[case])
    wait_same(zato_41, lambda: zato_41.text('server1', mark),
              recorded('4.1', case, 'server1'))
    wait_same(zato_41, lambda: listener.read_bytes()[before:].decode(),
              recorded('4.1', case, 'listener'))


def test_zato_2(make):
    """Not recorded, only read: the three lines that are known."""
    zato = make('zato-2', 2)
    zato.start()
    zato.put('server1', 'crm_one.py', ZATO_32['one'][1])
    line = ' - zato.hot-deploy.create:22 - Uploaded package id:[1], ' \
        'payload_name:[crm_one.py]'
    for server in zato.names:
        assert zato.wait_for_line(server, 'Uploaded').endswith(line)
    zato.put('server1', 'crm_import.py', ZATO_32['import-error'][1])
    for server in zato.names:
        zato.wait_for_line(server, 'Package id:[2], payload_name:'
                           '[crm_import.py] has not been deployed')
        path = zato.copy(server, 'crm_import.py')
        text = zato.text(server)
        assert 'Could not load source mod_name:[crm_import] file_name:[{}], ' \
            'e:[Traceback (most recent call last):\n'.format(path) in text
        assert "No module named 'nosuchmodule'\n]\n" in text
        assert '\033' not in text and 'importlib' not in text


def test_every_record_is_used():
    used = {'twice-within-300ms', 'deleted', 'restart'} | set(ZATO_32)
    assert {path.name.split('.')[0]
            for path in (LOGS / '3.2').iterdir()} == used
    assert {path.name.split('.')[0]
            for path in (LOGS / '4.1').iterdir()} == set(ZATO_41)

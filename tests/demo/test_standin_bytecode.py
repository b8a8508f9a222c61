"""Stale bytecode is as real as in Zato: Python trusts a cached file when the
source's whole second and size are those it was made from."""
import os

import pytest

from standin_sources import one
from standin import touch, wait_for

FIRST, SECOND = one('code.get', '1'), one('code.get', '2')


def deploy(zato, text, mtime=None):
    since = zato.mark('server1')
    if zato.profile == 'zato-4':
        zato.put_as_bridge('server1', 'code.py', text, mtime)
    else:
        zato.put('server1', 'code.py', text)
    zato.wait_for_line('server1', 'code.py', since)
    wait_for(lambda: not zato.show('server1')['busy'], 'rest')
    return int(os.stat(str(zato.copy('server1', 'code.py'))).st_mtime)


def same_second(zato):
    """Deploys 1 and then 2 until both copies are of one second."""
    def tried():
        first = deploy(zato, FIRST)
        return deploy(zato, SECOND) == first
    wait_for(tried, 'two deploys within one second')


@pytest.fixture(autouse=True)
def no_switch(monkeypatch):
    """Whatever the tests' own environment says, servers cache bytecode."""
    monkeypatch.setenv('PYTHONDONTWRITEBYTECODE', '1')
    monkeypatch.setenv('PYTHONPYCACHEPREFIX', '/nonexistent')


def test_own_copy(make):
    zato = make('zato-3.2')
    zato.start()
    same_second(zato)
    assert zato.copy('server1', 'code.py').read_text() == SECOND
    assert zato.lines('server1')[-1].endswith("['code.get']")
    assert zato.invoke('server1', 'code.get') == [1]
    # In another second the new code runs.
    before = int(os.stat(str(zato.copy('server1', 'code.py'))).st_mtime)
    wait_for(lambda: deploy(zato, SECOND) > before, 'the next second')
    assert zato.invoke('server1', 'code.get') == [2]


def test_in_place(make):
    zato = make('zato-4')
    zato.start('gap=0')
    deploy(zato, FIRST, 1700000000)
    deploy(zato, SECOND, 1700000000)
    assert zato.invoke('server1', 'code.get') == [1]
    since = zato.mark('server1')
    touch(zato.pickup('server1') / 'code.py', 1700000001)
    zato.wait_for_line('server1', 'code.py', since)
    assert zato.invoke('server1', 'code.get') == [2]


def test_other_size(make):
    zato = make('zato-4')
    zato.start('gap=0')
    deploy(zato, FIRST, 1700000000)
    deploy(zato, one('code.get', '22'), 1700000000)
    assert zato.invoke('server1', 'code.get') == [22]


def test_zato_2_removes_bytecode(make):
    zato = make('zato-2')
    zato.start()
    since = zato.mark('server1')
    for number, text in enumerate((FIRST, SECOND)):
        zato.put('server1', 'code.py', text)
        zato.wait_for_line('server1', 'Uploaded', since, count=number + 1)
    assert zato.invoke('server1', 'code.get') == [2]


def test_header_of_the_cache(make):
    """The file names the time and size of the source that runs."""
    zato = make('zato-4')
    zato.start()
    deploy(zato, FIRST, 1700000000)
    cached = list((zato.pickup('server1') / '__pycache__').glob('code.*.pyc'))
    head = cached[0].read_bytes()[:16]
    assert int.from_bytes(head[8:12], 'little') == 1700000000
    assert int.from_bytes(head[12:16], 'little') == len(FIRST.encode())

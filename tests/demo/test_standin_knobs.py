"""Each knob, set while the server runs."""
import os
import subprocess
import sys
import time

import pytest

from standin_sources import BAD, one
from standin import EXAMPLES, PROGRAM, demo_server, touch, wait_for


@pytest.fixture
def zato(make):
    zato = make('zato-3.2')
    zato.start()
    return zato


def sign(zato, server='server1'):
    """A deploy that shows that there was time for others before it."""
    since = zato.mark(server)
    zato.put('server1', 'sign.py', one('sign.get'))
    zato.wait_for_line(server, 'sign.py', since)


def test_delay(zato):
    zato.ctl('server1', 'delay', 0.4)
    began = time.monotonic()
    zato.put('server1', 'a.py', one('knob.a'))
    wait_for(lambda: zato.copy('server1', 'a.py').exists(), 'the copy')
    assert 'a.py' not in zato.text('server1')
    zato.wait_for_line('server1', 'a.py')
    assert time.monotonic() - began >= 0.4


def test_deaf(zato):
    zato.ctl('server1', 'deaf')
    zato.put('server1', 'a.py', one('knob.a'))
    wait_for(lambda: zato.show('server1')['lost'] == 1, 'the notice')
    zato.ctl('server1', 'deaf', 'off')
    sign(zato)
    assert 'a.py' not in zato.text('server1')
    assert not zato.copy('server1', 'a.py').exists()


def test_drop_needs_a_touch(zato):
    zato.ctl('server1', 'drop', 1)
    zato.put_as_bridge('server1', 'a.py', one('knob.a'))
    wait_for(lambda: zato.show('server1')['lost'] == 1, 'the notice')
    touch(zato.pickup('server1') / 'a.py')
    zato.wait_for_line('server1', 'a.py')


def test_mute(zato):
    zato.ctl('server1', 'mute')
    zato.put('server1', 'a.py', one('knob.a', '7'))
    zato.put('server1', 'b.py', BAD)
    wait_for(lambda: zato.show('server1')['failed'] == 1, 'both')
    assert zato.invoke('server1', 'knob.a') == [7]
    assert 'a.py' not in zato.text('server1')
    assert 'b.py' not in zato.text('server1')


def test_false_witness(zato):
    zato.ctl('server1', 'witness')
    zato.put('server1', 'a.py', one('knob.a'))
    line = zato.wait_for_line('server1', 'a.py')
    assert line.endswith("current/a.py` -> ['knob.a']")
    assert not zato.copy('server1', 'a.py').exists()
    assert zato.invoke('server1', 'knob.a') == ['no such service']


def test_double(zato):
    zato.ctl('server1', 'double')
    zato.put('server1', 'a.py', one('knob.a'))
    zato.wait_for_line('server1', 'a.py', count=2)
    assert zato.show('server1')['deployed'] == 1


def test_refuse(zato):
    zato.ctl('server1', 'refuse', 'json,sqlite3')
    zato.put('server1', 'a.py', 'import os\nimport json\n' + one('knob.a'))
    zato.wait_for_line('server1', 'No services nor models')
    text = zato.text('server1')
    assert text.count("ModuleNotFoundError: No module named 'json'") == 2
    frames = text[text.index('current/a.py", line 2'):].split('\n')[:3]
    assert frames[1:] == ['    import json',
                          "ModuleNotFoundError: No module named 'json'"]
    assert str(EXAMPLES) not in text
    zato.ctl('server1', 'refuse', 'all')
    zato.put('server1', 'b.py', one('knob.b'))
    zato.wait_for_line('server1', 'No services nor models', count=2)
    assert 'refused by the stand-in server' in zato.text('server1')
    zato.ctl('server1', 'refuse', '')
    touch(zato.pickup('server1') / 'a.py')
    zato.wait_for_line('server1', "['knob.a']")


@pytest.mark.parametrize('profile', ('zato-3.2', 'zato-4'))
@pytest.mark.parametrize('when,order,runs', (
    ('before', ['old', 'newer'], 'newer'),
    ('after', ['newer', 'old'], 'old'),
    ('instead', ['old'], 'old')))
def test_foreign(make, profile, when, order, runs):
    """Somebody else deploys the older version around ours."""
    zato = make(profile)
    zato.start('gap=0')
    # Of different sizes, so that no stale bytecode runs.
    versions = {word: one('knob.' + word) for word in ('old', 'newer')}
    zato.put('server1', 'a.py', versions['old'])
    zato.wait_for_line('server1', 'knob.old')
    wait_for(lambda: not zato.show('server1')['busy'], 'rest')
    since = zato.mark('server1')
    zato.ctl('server1', 'foreign', when)
    zato.put('server1', 'a.py', versions['newer'])
    wait_for(lambda: zato.show('server1')['deployed'] == 1 + len(order), 'all')
    lines = [line for line in zato.lines('server1', since) if 'a.py' in line]
    assert ['knob.' + word in line
            for word, line in zip(order, lines)] == [True] * len(order)
    assert len(lines) == len(order)
    assert zato.copy('server1', 'a.py').read_text() == versions[runs]


@pytest.mark.parametrize('profile', ('zato-3.2', 'zato-4'))
def test_dependants(make, profile):
    zato = make(profile)
    zato.start('gap=0')
    zato.put('server1', 'uses.py', one('knob.uses'))
    zato.wait_for_line('server1', 'uses.py')
    zato.ctl('server1', 'dependants', 'uses.py')
    zato.put('server1', 'base.py', one('knob.base'))
    zato.wait_for_line('server1', "['knob.uses']", count=2)
    assert ('auto-redeploying' in zato.text('server1')) == \
        (profile == 'zato-3.2')


def test_dead_watcher(make):
    zato = make('zato-3.2', 2)
    zato.start('server1:dead-watcher=on')
    assert 'File observer `zato.pickup.hot-deploy` could not be started' in \
        zato.text('server1')
    zato.put('server1', 'a.py', one('knob.a'))
    zato.put('server2', 'b.py', one('knob.b'))
    zato.wait_for_line('server1', 'b.py')  # it still hears of others
    assert 'a.py' not in zato.text('server1')


def test_workers(zato):
    zato.ctl('server1', 'workers', 3)
    pids = zato.show('server1')['workers']
    assert len(set(pids)) == 3
    since = zato.mark('server1')
    zato.put('server1', 'a.py', one('knob.a', '3'))
    zato.wait_for_line('server1', 'a.py', since, count=3)
    logged = {int(line.split(' - ')[2].split(':')[0])
              for line in zato.lines('server1', since)}
    assert logged == set(pids)
    assert zato.invoke('server1', 'knob.a') == [3, 3, 3]
    zato.ctl('server1', 'workers', 1)
    assert len(zato.show('server1')['workers']) == 1


def test_workers_of_a_shared_copy_take_turns(make):
    """None imports a copy that another one is just writing."""
    zato = make('zato-3.2')
    zato.start(workers=4)
    for number in range(5):
        since = zato.mark('server1')
        zato.put('server1', 'a.py', one('knob.a', str(10 ** number)))
        zato.wait_for_line('server1', "['knob.a']", since, count=4)
        assert 'No services' not in zato.text('server1', since)
        assert zato.invoke('server1', 'knob.a') == [10 ** number] * 4


def test_worker_that_a_module_ends(zato):
    zato.put('server1', 'a.py', 'import os\nos._exit(1)\n')
    zato.wait_for_line('server1', 'Booting process with pid', count=2)
    sign(zato)


@pytest.mark.parametrize('line', (
    'raise SystemExit(3)', 'raise KeyboardInterrupt', 'class X(BaseException):'
    ' pass\nraise X', 'def f():\n    f()\nf()', 'x = 1 +', '\tx = 1\n  y = 2',
    "# -*- coding: nosuch -*-\nx = 1", 'x = "\\ud800"\nprint(x)',
    'raise ValueError("\\ud800")', 'raise ValueError from KeyError("why")'))
def test_modules_that_misbehave(zato, line):
    zato.put('server1', 'a.py', line + '\n')
    zato.wait_for_line('server1', 'from module `a.py`')
    assert zato.text('server1').count('\n`\n') == 2
    assert len(zato.show('server1')['workers']) == 1
    sign(zato)


@pytest.mark.parametrize('how', ('rename', 'create', 'copytruncate'))
def test_rotate(zato, how):
    old = zato.text('server1')
    log = zato.log('server1')
    inode = log.stat().st_ino
    zato.ctl('server1', 'rotate', how)
    rotated = log.with_name('server.log.1')
    assert rotated.read_text() == old
    assert log.exists() == (how != 'rename')
    assert rotated.stat().st_ino == inode or how == 'copytruncate'
    zato.put('server1', 'a.py', one('knob.a'))
    zato.wait_for_line('server1', 'a.py')
    assert (log.stat().st_ino == inode) == (how == 'copytruncate')
    zato.ctl('server1', 'rotate', how)
    assert log.with_name('server.log.2').read_text() == old


def test_rotate_and_hold(zato):
    rotated = zato.log('server1').with_name('server.log.1')
    zato.ctl('server1', 'rotate', 'hold')
    zato.put('server1', 'a.py', one('knob.a'))
    wait_for(lambda: 'a.py' in rotated.read_text(), 'the old file')
    assert not zato.log('server1').exists()
    zato.ctl('server1', 'rotate', 'release')
    sign(zato)


def test_pieces(zato):
    """Lines come split anywhere, and still whole in the end."""
    seen = set()
    zato.ctl('server1', 'pieces', 1)
    zato.put('server1', 'a.py', one('knob.zażółć'))
    wait_for(lambda: seen.add(zato.mark('server1')) or
             "ć']\n" in zato.text('server1'), 'the line')
    assert len(seen) > 3


def test_rate(zato):
    since = zato.mark('server1')
    zato.ctl('server1', 'rate', 1)
    zato.put('server1', 'a.py', one('knob.a'))
    wait_for(lambda: zato.mark('server1') > since, 'its first byte')
    assert zato.mark('server1') - since < 20
    began = time.monotonic()
    zato.stop('server1')
    assert time.monotonic() - began < 5


def test_flood(zato):
    zato.ctl('server1', 'flood-size', 1000)
    zato.ctl('server1', 'flood', 2000)
    zato.wait_for_line('server1', 'flood', count=300)
    sign(zato)
    zato.ctl('server1', 'flood', 0)
    line = zato.wait_for_line('server1', 'flood ..')
    assert 900 < len(line) < 1100


def test_clock(zato):
    zato.ctl('server1', 'clock', '-320000000')
    sign(zato)
    assert zato.lines('server1')[-1][:4] < zato.lines('server1')[0][:4]


def test_zato_4_listener_says_deployed_whatever_happens(make):
    zato = make('zato-4')
    zato.start('mute=on')
    path = zato.put('server1', 'a.py', BAD)
    listener = zato.listener_log('server1')
    wait_for(lambda: listener.exists() and 'Deployed -> {}'.format(path) in
             listener.read_text(), 'the listener')
    assert 'a.py' not in zato.text('server1')


def test_command_line(make):
    zato = make('zato-3.2', 2)
    zato.start('server2:mute=on', 'noise=on')
    assert not zato.show('server1')['knobs']['mute']
    assert zato.show('server2')['knobs']['mute']
    folder = zato.path('server1')
    assert demo_server('ctl', folder, 'delay', '0.1').returncode == 0
    assert zato.show('server1')['knobs']['delay'] == 0.1
    bad = demo_server('ctl', folder, 'delay', 'soon')
    assert bad.returncode == 2 and 'a number' in bad.stderr
    bad = demo_server('ctl', folder, 'colour', 'red')
    assert bad.returncode == 2 and 'there are: delay' in bad.stderr
    zato.put('server1', 'a.py', one('knob.a', "'hello'"))
    zato.wait_for_line('server1', 'a.py')
    shown = demo_server('ctl', folder, 'invoke', 'knob.a')
    assert '"payload": "hello"' in shown.stdout
    assert 'stand-in' in demo_server('ctl', folder, 'show').stdout
    zato.stop('server1')
    bad = demo_server('ctl', folder, 'show')
    assert bad.returncode == 2 and 'does not answer' in bad.stderr


def test_calls_itself_a_stand_in(zato):
    assert 'stand-in' in zato.lines('server1')[0]
    text = demo_server('--help').stdout
    assert 'stand-in for Zato servers, not Zato itself' in text
    assert 'delay' in text and 'examples:' in text
    assert demo_server().returncode == 2


def test_run_takes_an_environment(make):
    zato = make('zato-3.2', 2)
    run = subprocess.Popen(
        [sys.executable, str(PROGRAM), 'run', str(zato.folder)],
        stdout=subprocess.PIPE)
    assert [run.stdout.readline() for _ in range(2)] == [
        b'ready server1\n', b'ready server2\n']
    run.terminate()
    run.communicate()
    assert run.returncode == 0
    assert demo_server('run', zato.folder / 'nothing').returncode == 2


def test_long_paths(tmp_path):
    from standin import StandIn
    folder = tmp_path / ('long-' * 20) / ('names-' * 20) / 'qs 1 zażółć'
    folder.parent.mkdir(parents=True)
    with StandIn(folder, 'zato-3.2', 2) as zato:
        zato.start()
        zato.put('server1', 'a.py', one('knob.a'))
        assert str(folder) in zato.wait_for_line('server2', 'a.py')


def test_removed_private_folder_of_an_old_run(zato):
    """A socket left by a killed server does not keep it from starting."""
    zato.kill('server1')
    assert os.path.exists(str(zato.path('server1') / '.demo-server/control'))
    zato.start()
    sign(zato)

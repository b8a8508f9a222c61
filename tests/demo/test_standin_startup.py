"""Starting, stopping, and what a server does that was away."""
import os
import re
import signal
import subprocess
import sys
import textwrap

import pytest

from standin_neutral import neutral
from standin_sources import BAD, MODEL, ZATO_32, one, service
from standin import PROGRAM, ROOT, demo_server, wait_for

# Lines of the record about what a stand-in does not have: internal services,
# publish/subscribe, the inter-process server, a startup service.
_NOT_HERE = (
    'Deleting empty', 'internal services', 'Shared elements found',
    'Added sub', 'Set sk_server', 'IPCServer', 'zato.helpers.input-logger')


def test_restart_as_recorded(make):
    """server2 was away: what it says when it comes back, in order."""
    path = ROOT / 'tests' / 'logs' / '3.2' / 'restart.server2.log'
    expected = kinds(neutral(path.read_text(encoding='utf-8')))
    zato = make('zato-3.2', 2)
    zato.start()
    for case in ('syntax-error', 'class-body-error', 'import-error', 'one'):
        zato.put('server1', *ZATO_32[case])
        zato.wait_for_line('server2', ZATO_32[case][0])
    since = zato.mark('server2')
    zato.stop('server2')
    zato.put('server1', 'later.py', one('later.get'))
    zato.wait_for_line('server1', 'later.py')
    wait_for(lambda: not zato.show('server1')['busy'], 'rest')
    zato.start('server2')
    shown = kinds(neutral(zato.text('server2', since), zato.folder))
    shown.remove('a stand-in for Zato servers')
    assert shown == expected


def kinds(lines):
    """Each line of a start in short; runs of the same kind as one."""
    found = []
    for line in lines:
        if not line or any(text in line for text in _NOT_HERE):
            continue
        kind = kind_of(line)
        if kind and kind not in found[-2:]:
            found.append(kind)
    return found


_SAME = (
    'Could not load source', 'Deployed 1 service from',
    'a stand-in for Zato servers', 'Found extra services to deploy',
    'Deployed extra services found')


def kind_of(line):
    if not line.startswith('TIME'):
        return None
    for text in _SAME:
        if text in line:
            return text
    line = re.sub(r'Deployed \d+ user-defined services? ',
                  'Deployed N user-defined services ', line)
    return line.split(' - ', 3)[-1].replace('@qs-1`', '@qs`')


def test_whole_lines_of_a_start(make):
    zato = make('zato-3.2', 2)
    zato.start('server1')
    zato.put('server1', 'a.py', one('start.a'))
    zato.put('server1', 'm.py', MODEL.format('M') + service('G', 'start.m'))
    wait_for(lambda: zato.show('server1')['deployed'] == 2, 'both')
    zato.start('server2')
    text = zato.text('server2')
    order = [
        'a stand-in for Zato servers, not Zato itself',
        'Starting Zato 3.2', 'Deploying user-defined services (server2)',
        'Deployed 0 user-defined services (server2)',
        'Found extra services to deploy: start.a, start.m',
        'Deployed 1 service from `{}` -> [\'start.a\']'.format(
            zato.copy('server2', 'a.py')),
        "Deployed extra services found: ['start.a']",
        "Deployed 1 model from", "-> ['start.m']",
        "Deployed extra services found: ['start.m']",
        'Starting local file observer `{}` for `zato.pickup.hot-deploy` '
        '(local-inotify)'.format(zato.pickup('server2')),
        'Started `server2@qs-1` (pid: {})'.format(
            zato.show('server2')['workers'][0])]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert zato.invoke('server2', 'start.a') == [None]


def test_old_copy_of_the_same_services_stays(make):
    """3.2 only takes services that it lacks, by name."""
    zato = make('zato-3.2', 2)
    zato.start()
    zato.put('server1', 'a.py', one('old.a', '1'))
    zato.wait_for_line('server2', 'a.py')
    zato.stop('server2')
    zato.put('server1', 'a.py', one('old.a', '22'))
    zato.wait_for_line('server1', "['old.a']", count=2)
    wait_for(lambda: not zato.show('server1')['busy'], 'rest')
    since = zato.mark('server2')
    zato.start('server2')
    assert 'Deployed 1 user-defined service (' in zato.text('server2', since)
    assert 'a.py' not in zato.text('server2', since)
    assert zato.invoke('server2', 'old.a') == [1]
    zato.stop('server2')
    zato.start('server2', 'start-newest=on')
    assert zato.invoke('server2', 'old.a') == [22]


def test_zato_4_deploys_all_again(make):
    zato = make('zato-4')
    zato.put('server1', 'a.py', one('again.a'))
    zato.put('server1', 'b.py', BAD)
    zato.start()
    text = zato.text('server1')
    assert "['again.a']" in text
    assert text.count('Could not load source') == 2
    assert text.count('Could not import module') == 1
    assert text.index('again.a') < text.index('Started `')


def test_slow_start(make):
    zato = make('zato-3.2')
    soon = zato.start_soon('start-delay=0.5')
    zato.wait_for_line('server1', 'Starting Zato')
    assert zato.show('server1')['state'] == 'starting'
    assert 'Started `' not in zato.text('server1')
    soon.wait_ready(20)
    assert 'Started `' in zato.text('server1')


def test_pidfile(make):
    zato = make('zato-3.2', 2)
    zato.start()
    pid = (zato.path('server1') / 'pidfile').read_text()
    assert pid.isdigit()
    with open('/proc/{}/cmdline'.format(pid)) as file:
        words = file.read().split('\0')
    assert str(zato.path('server1')) in words
    assert any(word.endswith('demo-server') for word in words)
    workers = zato.show('server1')['workers']
    assert int(pid) not in workers
    zato.kill('server1')
    assert (zato.path('server1') / 'pidfile').read_text() == pid
    wait_for(lambda: not any(alive(worker) for worker in workers),
             'its workers to end')
    assert 'Shutting down' not in zato.text('server1')
    assert zato.is_running('server2')
    zato.stop('server2')
    assert (zato.path('server2') / 'pidfile').exists()
    assert zato.lines('server2')[-1].endswith('Shutting down: Main')


def alive(pid):
    try:
        with open('/proc/{}/stat'.format(pid)) as file:
            return file.read().rpartition(')')[2].split()[0] not in 'ZX'
    except OSError:
        return False


def test_stop_lines_as_recorded(make):
    path = ROOT / 'tests' / 'logs' / '3.2' / 'restart.server2.log'
    lines = neutral(path.read_text(encoding='utf-8'))
    end = next(n for n, line in enumerate(lines) if 'Shutting down' in line)
    zato = make('zato-3.2', 2)
    zato.start('server2')
    since = zato.mark('server2')
    zato.stop('server2')
    assert neutral(zato.text('server2', since))[:-1] == lines[:end + 1]


def test_servers_are_killed_with_whoever_started_them(make):
    zato = make('zato-3.2', 2)
    program = textwrap.dedent('''
        import subprocess, sys
        run = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)
        for _ in range(2):
            sys.stdout.write(run.stdout.readline().decode())
        print(run.pid, flush=True)
        sys.stdin.read()
        ''')
    parent = subprocess.Popen(
        [sys.executable, '-c', program, sys.executable, str(PROGRAM), 'run'] +
        [str(zato.path(name)) for name in zato.names],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdout.readline() == b'ready server1\n'
    assert parent.stdout.readline() == b'ready server2\n'
    launcher = int(parent.stdout.readline())
    workers = zato.show('server1')['workers'] + zato.show('server2')['workers']
    os.kill(launcher, signal.SIGKILL)
    for server in zato.names:
        wait_for(lambda s=server: not zato.is_running(s), 'its end')
        assert 'Shutting down' not in zato.text(server)
    wait_for(lambda: not any(alive(pid) for pid in workers), 'the workers')
    parent.communicate()


def test_listener_of_ready_may_go_away(make):
    """As `demo-server run … | head -n 1` does."""
    zato = make('zato-3.2', 2)
    run = subprocess.Popen(
        [sys.executable, str(PROGRAM), 'run'] +
        [str(zato.path(name)) for name in zato.names],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    run.stdout.close()
    for server in zato.names:
        zato.wait_for_line(server, 'Started `')
    zato.put('server1', 'a.py', one('away.a'))
    zato.wait_for_line('server2', 'a.py')
    run.terminate()
    assert run.wait(20) == 0
    assert run.stderr.read() == b''
    run.stderr.close()


def test_one_that_does_not_start(make, tmp_path):
    zato = make('zato-3.2', 2)
    result = demo_server('run', zato.path('server1'), tmp_path)
    assert result.returncode == 2 and 'not a server' in result.stderr
    zato.path('server2').joinpath('config/repo/server.conf').write_text('[x')
    result = demo_server('run', zato.path('server1'), zato.path('server2'))
    assert result.returncode == 2 and 'server.conf' in result.stderr


@pytest.mark.parametrize('profile', ('zato-2', 'zato-3.2', 'zato-4'))
def test_layout(make, profile):
    zato = make(profile, 3, workers=2)
    assert sorted(path.name for path in zato.folder.iterdir()) == [
        'load-balancer', 'scheduler', 'server1', 'server2', 'server3',
        'web-admin']
    assert zato.pickup('server1').is_dir()
    assert zato.pickup('server1').relative_to(zato.path('server1')).parts == (
        ('pickup-dir',) if profile == 'zato-2'
        else ('pickup', 'incoming', 'services'))
    conf = (zato.path('server1') / 'config/repo/server.conf').read_text()
    assert 'gunicorn_workers=2' in conf and '[hot_deploy]' in conf
    info = zato.path('server1') / '.zato-info'
    assert info.exists() == (profile != 'zato-2')
    if info.exists():
        assert '"Zato ' in info.read_text() and 'stand-in' in info.read_text()
    result = demo_server('create', zato.folder)
    assert result.returncode == 2 and 'name a new folder' in result.stderr

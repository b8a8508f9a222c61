"""StandIn: an environment of stand-in servers for black-box tests.

Tests elsewhere put this folder on sys.path to import it.

    with StandIn(tmp_path / 'qs-1', profile='zato-3.2', servers=2) as zato:
        zato.start()                              # all of them, until ready
        mark = zato.mark('server2')               # where its log ends now
        zato.put('server1', 'crm.py', SOURCE)     # written in place
        zato.wait_for_line('server2', 'Deployed 1 service', since=mark)
        zato.ctl('server1', 'mute', 'on')         # knobs: demo-server --help
        zato.stop('server2'); zato.start('server2', 'start-delay=1')

A server is named by its folder's name. start() takes names of servers (none:
all) and KNOB=VALUE or SERVER:KNOB=VALUE texts; `polling` and `workers` are
keywords. stop() ends servers by SIGTERM, kill() by SIGKILL (the pidfile stays
behind), close() all of them; a server that was ended can be started again.
`folder`, path(), log(), listener_log(), pickup() and current() are pathlib
paths; `folder` is what `hotbridge target add` takes. show() gives a server's
knobs, counters (noticed, lost, deployed, failed) and pids; invoke() what a
service answers in each worker, and so which code really runs.

Nothing here sleeps for luck: every wait has a condition and a deadline, and
raises AssertionError with the log's end when that passes.
"""
import os
import pathlib
import select
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / 'examples'
PROGRAM = EXAMPLES / 'demo-server'
DEADLINE = 20.0
_STEP = 0.01

if str(EXAMPLES) not in sys.path:
    sys.path.append(str(EXAMPLES))

from demo_server import control, layout  # noqa: E402


def wait_for(condition, what, timeout=DEADLINE):
    """The first true value of condition(); AssertionError at the deadline."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(
                'waited {} s for {}'.format(timeout, what() if callable(what)
                                            else what))
        time.sleep(_STEP)


def demo_server(*arguments, **options):
    """Runs the program to its end: a CompletedProcess with text."""
    return subprocess.run(
        [sys.executable, str(PROGRAM)] + [str(word) for word in arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE,
        universal_newlines=True, **options)


class _Launcher:
    def __init__(self, arguments, names):
        self.names = names
        self._errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), 'run'] + arguments,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=self._errors)

    def wait_ready(self, timeout):
        seen = b''
        end = time.monotonic() + timeout
        out = self.process.stdout.fileno()
        while seen.count(b'ready') < len(self.names):
            left = end - time.monotonic()
            if left <= 0 or not select.select([out], [], [], left)[0]:
                raise AssertionError('not ready after {} s'.format(timeout))
            data = os.read(out, 4096)
            if not data:
                raise AssertionError('did not start: ' + self.errors())
            seen += data

    def errors(self):
        self._errors.seek(0)
        return self._errors.read().decode('utf-8', 'replace')

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(DEADLINE)
        self.process.stdout.close()
        errors = self.errors()
        self._errors.close()
        return errors


class StandIn:
    """See the module's text."""

    def __init__(self, folder, profile='zato-3.2', servers=2, workers=1,
                 delete_after_pickup=False):
        self.folder = pathlib.Path(os.path.realpath(str(folder)))
        self.profile = profile
        self.names = ['server{}'.format(n + 1) for n in range(servers)]
        self._launchers = []
        layout.create(str(folder), profile, servers, workers,
                      delete_after_pickup)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    # Places.

    def path(self, server):
        return self.folder / server

    def log(self, server):
        return self.path(server) / 'logs' / 'server.log'

    def listener_log(self, server):
        return self.path(server) / 'logs' / 'file-listener.log'

    def pickup(self, server):
        return pathlib.Path(self._facts(server).pickup)

    def current(self, server):
        return pathlib.Path(self._facts(server).current)

    def server(self, name):
        return self.path(name)

    def copies(self, server):
        """The folder of the files that the server imports."""
        return self.copy(server, '.').resolve()

    def copy(self, server, module):
        """The file that the server imports."""
        facts = self._facts(server)
        return pathlib.Path(
            facts.pickup if facts.profile.in_place else facts.current) / module

    def _facts(self, server):
        return layout.ServerFolder(str(self.path(server)))

    # Processes.

    def start(self, *words, **options):
        """Starts servers and waits until all of them watch."""
        return self.start_soon(*words, **options).wait_ready(DEADLINE)

    def start_soon(self, *words, **options):
        """Starts servers; the result's wait_ready(timeout) waits for them."""
        names = [word for word in words if '=' not in word] or self.names
        arguments = [str(self.path(name)) for name in names]
        for word in words:
            if '=' in word:
                arguments += ['--set', word]
        if options.get('polling'):
            arguments.append('--polling')
        if options.get('workers'):
            arguments += ['--workers', str(options['workers'])]
        launcher = _Launcher(arguments, names)
        self._launchers.append(launcher)
        return launcher

    def pid(self, server):
        return int((self.path(server) / 'pidfile').read_text())

    def is_running(self, server):
        try:
            words = pathlib.Path(
                '/proc/{}/cmdline'.format(self.pid(server))).read_bytes()
        except OSError:
            return False
        return os.fsencode(str(self.path(server))) in words.split(b'\0')

    @property
    def running(self):
        """The names of the servers that run."""
        return [name for name in self.names if self.is_running(name)]

    def stop(self, *servers):
        self._end(servers, signal.SIGTERM)

    def kill(self, *servers):
        self._end(servers, signal.SIGKILL)

    def _end(self, servers, number):
        for server in servers or self.names:
            if self.is_running(server):
                os.kill(self.pid(server), number)
            wait_for(lambda server=server: not self.is_running(server),
                     '{} to end'.format(server))

    def close(self):
        errors = [launcher.close() for launcher in self._launchers]
        self._launchers = []
        assert not any(errors), 'stand-in servers said: {}'.format(errors)

    # Talking to them.

    def ask(self, server, request):
        return control.ask(self._facts(server), request, DEADLINE)

    def ctl(self, server, knob, value='on'):
        """Turns a knob, or workers, rotate, say."""
        op = {'op': knob, 'value': str(value)}
        if knob not in ('workers', 'rotate', 'say'):
            op = {'op': 'set', 'knob': knob, 'value': str(value)}
        self.ask(server, op)

    def show(self, server):
        return self.ask(server, {'op': 'show'})

    def invoke(self, server, service, payload=None):
        """What each worker answers: a list."""
        workers = self.ask(server, {
            'op': 'invoke', 'service': service, 'payload': payload})['workers']
        return [worker.get('payload', worker.get('error'))
                for worker in workers]

    def loaded(self, server, module):
        """{service: what its code of now answers}; all workers must agree."""
        workers = self.ask(server, {
            'op': 'loaded', 'module': module})['workers']
        answers = [worker['loaded'] for worker in workers]
        assert all(answer == answers[0] for answer in answers), answers
        return answers[0]

    # Logs.

    def mark(self, server):
        """Where the log ends now, for `since`."""
        try:
            return self.log(server).stat().st_size
        except FileNotFoundError:
            return 0

    def text(self, server, since=0):
        try:
            data = self.log(server).read_bytes()
        except FileNotFoundError:
            return ''
        return data[since:].decode('utf-8', 'replace')

    def lines(self, server, since=0):
        """The whole lines since a mark."""
        return self.text(server, since).split('\n')[:-1]

    def wait_for_line(self, server, text, since=0, count=1, timeout=DEADLINE):
        """The first `count` lines that hold the text: the last of them."""
        def found():
            lines = [line for line in self.lines(server, since)
                     if text in line]
            return lines[count - 1] if len(lines) >= count else None
        return wait_for(found, lambda: '{!r} in the log of {}; it ends:\n{}'
                        .format(text, server, self.text(server)[-3000:]),
                        timeout)

    # Files.

    def put(self, server, module, text):
        """Written in place by one write, as `cp` does: the file's path."""
        path = self.pickup(server) / module
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def put_as_bridge(self, server, module, text, mtime=None):
        """Staged outside, renamed in, then opened, touched and closed."""
        path = self.pickup(server) / module
        put_renamed(path, text, self.path(server))
        touch(path, mtime)
        return path


def put_renamed(path, text, by_way_of):
    """Renamed into place from a folder."""
    staged = by_way_of / '.staged'
    staged.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.rename(str(staged), str(path))


def touch(path, mtime=None):
    """Opened for writing, its times set, closed; nothing written."""
    with open(str(path), 'r+b') as file:
        if mtime is None:
            os.utime(file.fileno())
        else:
            os.utime(file.fileno(), (mtime, mtime))

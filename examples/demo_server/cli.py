"""The command line of demo-server."""
import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys

from . import TITLE
from .control import ControlError, ask
from .knobs import ALIASES, KNOBS, KnobError, assignments, defaults
from .layout import LayoutError, ServerFolder, create, servers_of
from .profiles import PROFILES
from .server import Server

_EXAMPLES = '''\
examples:
  demo-server create ~/qs-1 --profile zato-3.2 --servers 2
  demo-server run ~/qs-1/server1 ~/qs-1/server2
  demo-server run ~/qs-1/server1 --workers 2 --set delay=1
  demo-server run ~/qs-1/server[12] --set server2:mute=on
  demo-server ctl ~/qs-1/server1 refuse requests
  demo-server ctl ~/qs-1/server1 rotate rename
  demo-server ctl ~/qs-1/server1 invoke crm.channel.customer.get
  demo-server ctl ~/qs-1/server1 show
  demo-server loaded ~/qs-1/server1 crm_channel_customer.py
'''


def _knob_help():
    return 'knobs (--set [SERVER:]KNOB=VALUE, or ctl SERVER KNOB VALUE):\n' + \
        ''.join('  {:13} {} [{}]\n'.format(
            knob.name, knob.text, _shown(knob.default))
            for knob in KNOBS.values()) + '\nother things to ctl:\n' \
        '  workers N     so many worker processes\n' \
        '  rotate HOW    the log now: rename, create, copytruncate, hold, ' \
        'release\n' \
        '  say TEXT      write a line to the log\n' \
        '  invoke NAME   run a service in each worker, show its answers\n' \
        '  show          knobs, counters and pids as JSON\n'


def _shown(value):
    if isinstance(value, bool):
        return 'on' if value else 'off'
    return value if value not in ('', []) else 'none'


def _parser():
    parser = argparse.ArgumentParser(
        prog='demo-server', epilog=_knob_help() + '\n' + _EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description='demo-server is {}. It notices, imports and logs modules '
        'as Zato 2.0, 3.2 or 4.1 do.'.format(TITLE))
    commands = parser.add_subparsers(
        dest='command', required=True, metavar='create | run | ctl')
    add = commands.add_parser('create', help='lay out an environment')
    add.add_argument('folder')
    add.add_argument('--profile', choices=sorted(PROFILES), default='zato-3.2')
    add.add_argument('--servers', type=int, default=2)
    add.add_argument('--workers', type=int, default=1)
    add.add_argument('--delete-after-pickup', action='store_true')
    run = commands.add_parser(
        'run', help='run servers, each in a process of its own', add_help=True)
    run.add_argument('servers', nargs='+', metavar='FOLDER',
                     help='a server, or an environment with servers')
    _add_run_options(run)
    serve = commands.add_parser('serve')
    serve.add_argument('server')
    serve.add_argument('--parent', type=int, required=True)
    _add_run_options(serve)
    control = commands.add_parser('ctl', help='turn a knob of a running server')
    control.add_argument('server', metavar='SERVER_FOLDER')
    control.add_argument('knob')
    control.add_argument('value', nargs='?', default='on')
    loaded = commands.add_parser(
        'loaded', help='what the services of a loaded module answer, as JSON')
    loaded.add_argument('server', metavar='SERVER_FOLDER')
    loaded.add_argument('module', metavar='MODULE')
    return parser


def _add_run_options(parser):
    parser.add_argument('--workers', type=int, default=0,
                        help='instead of gunicorn_workers of server.conf')
    parser.add_argument('--polling', action='store_true',
                        help='look every 1.1 s instead of using inotify')
    parser.add_argument('--set', action='append', default=[],
                        metavar='[SERVER:]KNOB=VALUE')
    for knob in KNOBS.values():
        names = ['--' + knob.name] + [
            '--' + alias for alias, name in ALIASES.items()
            if name == knob.name]
        if isinstance(knob.default, bool):
            parser.add_argument(*names, action='store_true',
                                help=knob.text)
        else:
            parser.add_argument(*names, metavar='VALUE',
                                help=knob.text)


def _settings(options):
    """The knobs of the command line as KNOB=VALUE texts."""
    texts = []
    for knob in KNOBS.values():
        value = getattr(options, knob.name.replace('-', '_'))
        if value is True:
            texts.append(knob.name + '=on')
        elif value not in (None, False):
            texts.append('{}={}'.format(knob.name, value))
    return texts + options.set


class _Launcher:
    """Starts servers, says when all are ready, and ends with them."""

    def __init__(self, program, options):
        self._program = program
        self._options = options
        self._children = []
        self._stopping = False

    def run(self, folders):
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        for folder in folders:
            self._children.append((folder, self._start(folder)))
            if self._stopping:
                self._end()
        for folder, child in self._children:
            if child.stdout.readline() != b'ready\n':
                if not self._stopping:
                    sys.stderr.write('{} did not start\n'.format(folder.path))
                self._end()
                self._wait()
                return 0 if self._options.stopped_by_signal else 1
        for folder, _ in self._children:
            self._say('ready {}'.format(folder.name))
        return self._wait()

    def _start(self, folder):
        command = [sys.executable, self._program, 'serve', folder.path,
                   '--parent', str(os.getpid()),
                   '--workers', str(self._options.workers)]
        if self._options.polling:
            command.append('--polling')
        for text in _settings(self._options):
            command += ['--set', text]
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            cwd=folder.path)

    def _end(self, number=None, frame=None):
        del frame
        self._stopping = True
        if number is not None:
            self._options.stopped_by_signal = True
        for _, child in self._children:
            if child.poll() is None:
                child.terminate()

    def _wait(self):
        code = 0
        for _, child in self._children:
            code = max(code, abs(child.wait()))
        return 0 if self._stopping else min(code, 1)

    @staticmethod
    def _say(text):
        try:
            sys.stdout.write(text + '\n')
            sys.stdout.flush()
        except BrokenPipeError:
            # Whoever started us has read what it wanted.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _run(program, options):
    folders = [ServerFolder(server) for path in options.servers
               for server in servers_of(path)]
    for folder in folders:
        assignments(_settings(options), folder.name)
    options.stopped_by_signal = False
    return _Launcher(program, options).run(folders)


def _serve(options):
    folder = ServerFolder(options.server)
    knobs = defaults()
    knobs.update(assignments(_settings(options), folder.name))
    Server(folder, knobs, options.workers, options.polling).run(options.parent)
    return 0


def _request(knob, value):
    if knob == 'show':
        return {'op': 'show'}
    if knob in ('workers', 'rotate', 'say'):
        return {'op': knob, 'value': value}
    if knob == 'foreign' and os.path.isfile(value):
        value = os.path.abspath(value)
    if knob == 'invoke':
        return {'op': 'invoke', 'service': value}
    return {'op': 'set', 'knob': knob, 'value': value}


def _ctl(options):
    answer = ask(ServerFolder(options.server),
                 _request(options.knob, options.value))
    if answer != {'ok': True}:
        print(json.dumps(answer, indent=2))
    return 0


def _loaded(options):
    """Prints one object, or one of each worker when they do not agree."""
    module = options.module
    if not module.endswith('.py'):
        module += '.py'
    workers = ask(ServerFolder(options.server),
                  {'op': 'loaded', 'module': module})['workers']
    answers = [worker['loaded'] for worker in workers]
    agree = all(answer == answers[0] for answer in answers)
    print(json.dumps(answers[0] if agree else answers, indent=2,
                     sort_keys=True))
    return 0 if agree else 1


def main(program):
    options = _parser().parse_args()
    try:
        if options.command == 'create':
            create(options.folder, options.profile, options.servers,
                   options.workers, options.delete_after_pickup)
            return 0
        if options.command == 'run':
            return _run(program, options)
        if options.command == 'serve':
            return _serve(options)
        if options.command == 'loaded':
            return _loaded(options)
        return _ctl(options)
    except (LayoutError, KnobError, ControlError, OSError) as e:
        sys.stderr.write('demo-server: {}\n'.format(e))
        return 2
    except KeyboardInterrupt:
        with contextlib.suppress(OSError):
            sys.stderr.write('\n')
        return 130

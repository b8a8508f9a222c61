"""One stand-in server: a process that watches, with its workers below it."""
import contextlib
import heapq
import itertools
import os
import select
import signal
import socket
import sys
import time

from . import TITLE
from .control import Control
from .database import Database
from .deploys import Deploys
from .inotify import IN_CLOSE_WRITE, Inotify
from .knobs import parse, resolve
from .log import Log
from .pool import Pool
from .watch import (
    NEVER, DeadWatcher, InotifyWatcher, ListenerWatcher, PollingWatcher)
from .worker import follow_parent

_API = 'zato.common.util.api'
_PARALLEL = 'zato.server.base.parallel'
_OBSERVER = 'zato.server.file_transfer.observer.base'
_FLOOD_PERIOD = 0.05


class Server:
    def __init__(self, folder, knobs, workers, polling):
        self._folder = folder
        self._profile = folder.profile
        self._knobs = knobs
        self._workers = workers or folder.workers
        self._polling = polling
        self._timers = []
        self._order = itertools.count()
        self._stopping = False
        self._flooding = False
        self._pids = []
        self._state = 'starting'
        self._log = Log(folder, knobs)
        self._database = Database(folder.database)
        self._pool = Pool(folder, knobs)
        self._deploys = Deploys(folder, knobs, self._pool, self._database,
                                self._log, self._later)
        self._watcher = DeadWatcher()
        self._cluster = Inotify()
        self._heard = set()

    def run(self, parent):
        follow_parent(parent, signal.SIGKILL)
        wake, waker = socket.socketpair()
        wake.setblocking(False)
        waker.setblocking(False)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        self._wake = wake
        self._log.forget_hold()
        with open(self._folder.pidfile, 'w', encoding='ascii') as file:
            file.write(str(os.getpid()))
        self._control = Control(self._folder.private, self._handle)
        try:
            self._start()
            while not self._stopping:
                self._turn()
        finally:
            self._stop()

    # Starting and stopping.

    def _start(self):
        info = self._log.info
        info('{}: {}, pid {}'.format(TITLE, self._profile.version,
                                     os.getpid()), logger='demo-server')
        confs = ['server.conf'] if self._profile.in_place else [
            'server.conf', 'pickup.conf', 'simple-io.conf', 'sso.conf',
            'sql.conf']
        for name in confs:
            self._say_conf(name)
        info('Starting {}-stand-in (demo-server)'.format(
            self._profile.version))
        info('Listening at: http://{} ({})'.format(
            self._folder.bind, os.getpid()))
        info('Booting {} process{}'.format(
            self._workers, '' if self._workers == 1 else 'es'))
        self._boot(self._workers)
        # What is announced from here on is not part of starting.
        self._cluster.add(self._database.announced, IN_CLOSE_WRITE)
        self._heard.update(self._database.announced_numbers())
        self._later(self._knobs['start-delay'], self._load)

    def _say_conf(self, name, **where):
        self._log.info('Getting configuration from `{}`'.format(
            os.path.join(self._folder.repo, name)), logger=_API, **where)

    def _boot(self, workers):
        for pid in self._pool.resize(workers):
            self._log.info('Booting process with pid: {}'.format(pid), pid=pid)
            self._log.info(
                'Preferred address of `{}` (pid: {}) is `http://{}`'.format(
                    self._full_name(), pid, self._folder.bind),
                logger=_PARALLEL, pid=pid)

    def _full_name(self):
        return '{}@{}'.format(self._folder.name,
                              os.path.basename(self._folder.environment))

    def _load(self):
        self._pool.submit({'op': 'startup', 'startup': True, 'origin': 'start'},
                          self._loaded)

    def _loaded(self, replies):
        info = self._log.info
        first = self._pool.pids[0] if self._pool.pids else 0
        info('First worker of `{}` is {}'.format(self._folder.name, first),
             logger=_PARALLEL, pid=first)
        for name in () if self._profile.in_place else (
                'secrets.conf', 'server.conf', 'sql.conf'):
            self._say_conf(name, thread='Dummy-2', pid=first)
        self._watch(first)
        info('Started `{}` (pid: {})'.format(self._full_name(), first),
             logger=_PARALLEL, pid=first)
        self._state = 'started'
        self._hear()
        self._flood()
        _print('ready')

    def _watch(self, pid):
        folder, knobs = self._folder, self._knobs
        notice = self._deploys.notice
        if knobs['dead-watcher']:
            self._log.record(
                'File observer `zato.pickup.hot-deploy` could not be started, '
                'path:`{}`'.format(folder.pickup), level='WARNING',
                logger=_OBSERVER, thread='Dummy-3', pid=pid)
            return
        if self._polling:
            self._watcher = PollingWatcher(folder.pickup, knobs, notice)
        elif self._profile.in_place:
            self._watcher = ListenerWatcher(
                folder.pickup, knobs, notice, self._deploys.is_busy)
        else:
            self._watcher = InotifyWatcher(
                folder.pickup, self._profile.moves_noticed, notice)
        if self._profile.name == 'zato-3.2':
            self._say_observers(self._watcher.kind, pid)

    def _say_observers(self, kind, pid):
        above = os.path.dirname(self._folder.pickup)
        names = ['hot-deploy'] + list(self._profile.pickup_beside)
        for number, name in enumerate(names):
            path = self._folder.pickup if number == 0 else os.path.join(
                above, name)
            self._log.info(
                'Starting local file observer `{}` for `zato.pickup.{}` ({})'
                .format(path, name.replace('-conf', '_conf'), kind),
                logger=_OBSERVER, thread='Dummy-{}'.format(number + 3), pid=pid)

    def _end(self, number, frame):
        del number, frame
        self._stopping = True
        # A worker that writes slowly holds the log; nobody is to wait for it.
        self._pids = self._pids or self._pool.pids
        self._knobs.update({'pieces': 0, 'rate': 0.0})
        self._pool.kill()

    def _stop(self):
        pids = self._pids or self._pool.pids
        self._pool.stop()
        info = self._log.info
        info('Handling signal: term')
        for pid in pids:
            info('Worker exiting (pid: {})'.format(pid), pid=pid)
            info('Closing IPC (/pubsub/pid)', pid=pid)
            info('Closing IPC (/connector/config)', pid=pid)
            info('Stopping server process ({}:{}) ({})'.format(
                self._folder.name, pid, pid), logger=_PARALLEL, pid=pid)
        info('Shutting down: Main')
        self._control.close()

    # The loop.

    def _later(self, seconds, call):
        heapq.heappush(self._timers, (
            time.monotonic() + seconds, next(self._order), call))

    def _turn(self):
        poll = select.poll()
        fds = {self._wake.fileno(): self._drain,
               self._cluster.fd: self._hear}
        for fd in self._watcher.fds:
            fds[fd] = self._watcher.run
        for fd in self._control.fds():
            fds[fd] = lambda fd=fd: self._control.read(fd)
        for fd in self._pool.fds():
            fds[fd] = lambda fd=fd: self._read_worker(fd)
        for fd in fds:
            poll.register(fd, select.POLLIN)
        for fd, _ in poll.poll(self._patience()):
            fds[fd]()
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            heapq.heappop(self._timers)[2]()
        if self._watcher.due() <= now:
            self._watcher.run()

    def _patience(self):
        due = self._watcher.due()
        if self._timers:
            due = min(due, self._timers[0][0])
        if due == NEVER:
            return None
        return max(0, int((due - time.monotonic()) * 1000) + 1)

    def _drain(self):
        with contextlib.suppress(BlockingIOError):
            self._wake.recv(64)

    def _hear(self):
        """Looks for packages of other servers."""
        self._cluster.read()
        if self._state != 'started':
            return
        for package in self._database.announced_numbers():
            if package not in self._heard:
                self._heard.add(package)
                if self._profile.shares:
                    self._deploys.announced(package)

    def _read_worker(self, fd):
        if not self._pool.read(fd) and not self._stopping:
            self._boot(self._workers)

    def _flood(self):
        """Writes its lines now and, as long as the knob is on, again."""
        rate = self._knobs['flood']
        self._flooding = rate > 0
        if not self._flooding:
            return
        lines = max(1, int(rate * _FLOOD_PERIOD))
        text = 'flood '.ljust(max(0, self._knobs['flood-size'] - 80), '.')
        self._log.write(self._log.line(text, thread='Dummy-8') * lines)
        self._later(lines / rate, self._flood)

    # What `demo-server ctl` asks.

    def _handle(self, request, reply):
        op = request.get('op')
        if op == 'set':
            self._knobs[resolve(request['knob'])] = parse(
                request['knob'], request['value'])
            if not self._flooding and self._state == 'started':
                self._flood()
            reply({'ok': True})
        elif op == 'show':
            reply(self._facts())
        elif op == 'workers':
            self._workers = max(1, int(request['value']))
            self._boot(self._workers)
            reply({'ok': True})
        elif op == 'rotate':
            self._log.rotate(request['value'])
            reply({'ok': True})
        elif op == 'say':
            self._log.info(request['value'])
            reply({'ok': True})
        elif op == 'invoke':
            self._pool.submit(
                {'op': 'invoke', 'service': request['service'],
                 'payload': request.get('payload')},
                lambda replies: reply({'workers': replies}))
        elif op == 'loaded':
            self._pool.submit(
                {'op': 'loaded', 'module': request['module']},
                lambda replies: reply({'workers': replies}))
        else:
            reply({'error': 'there is no {!r}'.format(op)})

    def _facts(self):
        return dict(
            self._deploys.counters, what=TITLE, name=self._folder.name,
            profile=self._profile.name, state=self._state, pid=os.getpid(),
            workers=self._pool.pids, busy=self._deploys.is_busy() or self._watcher.looking,
            knobs=self._knobs)


def _print(text):
    """To whoever started us; they may have stopped listening."""
    with contextlib.suppress(OSError):
        sys.stdout.write(text + '\n')
        sys.stdout.flush()

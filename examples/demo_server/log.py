"""A server's log, line by line as the version writes it.

Each record is one write to a file opened for appending, so several worker
processes can share it; a lock keeps records apart from each other and from
rotation when a knob makes a record take many writes.
"""
import contextlib
import os
import random
import time

from .lock import held
from .profiles import CREATE

_COLOURS = {'INFO': '\033[1;37m', 'WARNING': '\033[1;33m',
            'ERROR': '\033[1;31m'}
_PIECE_PAUSE = 0.002
_ROTATIONS = ('rename', 'create', 'copytruncate', 'hold', 'release')


def stamp(ahead=0.0):
    now = time.time() + ahead
    return '{},{:03d}'.format(
        time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(now)),
        int(now % 1 * 1000))


def new_request_id():
    return '{}-{}-{}'.format(
        time.strftime('%Y%m%d-%H%M%S'), random.randint(1000, 9999),
        '{:017x}'.format(random.getrandbits(68)))


class Log:
    """server.log of one server, for one of its processes."""

    def __init__(self, folder, knobs):
        self._profile = folder.profile
        self._path = folder.log
        self._held = os.path.join(folder.private, 'log-held')
        self._lock = os.path.join(folder.private, 'log-lock')
        self.knobs = knobs

    def line(self, message, level='INFO', logger='zato', thread='MainThread',
             request=None, pid=None):
        """The bytes of one record, of this process or of another."""
        profile = self._profile
        shown = level
        if profile.colours:
            shown = '{}{}\033[0m'.format(_COLOURS[level], level)
        between = ''
        if profile.request_id and request:
            between = '{} - {} - '.format(CREATE, request)
        text = '{} - {} - {}:{} - {}{}:{} - {}\n'.format(
            stamp(self.knobs['clock']), shown, pid or os.getpid(), thread,
            between, logger, profile.line_number, message)
        return text.encode('utf-8', 'backslashreplace')

    def info(self, message, **where):
        self.record(message, **where)

    def record(self, message, level='INFO', **where):
        self.write(self.line(message, level=level, **where))

    def write(self, data):
        with held(self._lock):
            path = self._path
            try:
                with open(self._held, encoding='utf-8') as file:
                    path = file.read()
            except FileNotFoundError:
                pass
            fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                self._put(fd, data)
            finally:
                os.close(fd)

    def _put(self, fd, data):
        while data:
            rate = self.knobs['rate']
            size = self.knobs['pieces'] or len(data)
            if rate > 0:
                size = max(1, int(rate / 100))
            os.write(fd, data[:size])
            data = data[size:]
            if rate > 0:
                time.sleep(min(size / rate, 1.0))
            elif data:
                time.sleep(_PIECE_PAUSE)

    def rotate(self, how):
        """Rotates the log now.

        rename: the next line makes a new file; create: an empty new file is
        there at once; copytruncate: copied, then emptied; hold: renamed, and
        lines still go to the renamed file until `release`.
        """
        if how not in _ROTATIONS:
            raise ValueError('rotate takes {}'.format(', '.join(_ROTATIONS)))
        with held(self._lock):
            if how == 'release':
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self._held)
                return
            number = 1
            while os.path.exists('{}.{}'.format(self._path, number)):
                number += 1
            for old in range(number - 1, 0, -1):
                os.rename('{}.{}'.format(self._path, old),
                          '{}.{}'.format(self._path, old + 1))
            rotated = self._path + '.1'
            if how == 'copytruncate':
                with open(self._path, 'rb') as source, \
                        open(rotated, 'wb') as copy:
                    copy.write(source.read())
                os.truncate(self._path, 0)
                return
            os.rename(self._path, rotated)
            if how == 'create':
                with open(self._path, 'xb'):
                    pass
            elif how == 'hold':
                with open(self._held, 'w', encoding='utf-8') as file:
                    file.write(rotated)

    def forget_hold(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._held)


class ListenerLog:
    """The log of Zato 4's separate file listener."""

    LINES = {'File closed': 463, 'File ready': 467, 'Deployed ->': 449}

    def __init__(self, folder):
        self._path = folder.listener_log

    def record(self, what, path):
        separator = ' ' if what.endswith('>') else ': '
        text = '{} - INFO - __main__:{} - {}{}{}\n'.format(
            stamp(), self.LINES[what], what, separator, path)
        with open(self._path, 'ab', buffering=0) as file:
            file.write(os.fsencode(text))


def rest_line(log, thread, method, path, service, size):
    """One of the lines that say that a REST channel was called."""
    log.info(
        'REST cha \u2192 cid={:024x}; {} {} name={}; len={}; '
        'agent=python-requests/2.34.2; remote-addr=127.0.0.1:{}'.format(
            random.getrandbits(96), method, path, service, size,
            random.randint(32768, 60999)),
        logger='zato_rest', thread=thread)

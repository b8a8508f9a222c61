"""Talking to a stand-in server while it runs: one JSON object a line, each
answered by one, over a socket in the server's private folder."""
import contextlib
import json
import os
import socket

_NAME = 'control'
_READ_SIZE = 64 * 1024


class ControlError(Exception):
    """The server does not run, or refuses what was asked."""


@contextlib.contextmanager
def _short_path(folder):
    """A socket's path must be short; the folder's may be long."""
    fd = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield '/proc/self/fd/{}/{}'.format(fd, _NAME)
    finally:
        os.close(fd)


class Control:
    """The server's side. `handle(request, reply)` does what is asked."""

    def __init__(self, private, handle):
        self._path = os.path.join(private, _NAME)
        self._handle = handle
        self._clients = {}
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)
        self._listener = socket.socket(socket.AF_UNIX)
        with _short_path(private) as path:
            self._listener.bind(path)
        self._listener.listen(16)

    def fds(self):
        return [self._listener.fileno()] + list(self._clients)

    def read(self, fd):
        if fd == self._listener.fileno():
            client, _ = self._listener.accept()
            self._clients[client.fileno()] = [client, b'']
            return
        entry = self._clients.get(fd)
        if entry is None:
            return
        client = entry[0]
        try:
            data = client.recv(_READ_SIZE)
        except OSError:
            data = b''
        if not data:
            del self._clients[fd]
            client.close()
            return
        entry[1] += data
        while b'\n' in entry[1]:
            line, entry[1] = entry[1].split(b'\n', 1)
            self._answer(client, line)

    def _answer(self, client, line):
        def reply(value):
            with contextlib.suppress(OSError):
                client.sendall(json.dumps(value).encode() + b'\n')
        try:
            self._handle(json.loads(line), reply)
        except Exception as e:
            reply({'error': str(e) or type(e).__name__})

    def close(self):
        self._listener.close()
        for client, _ in self._clients.values():
            client.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)


def ask(folder, request, timeout=10.0):
    """The client's side: the server's answer to one request."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(timeout)
        try:
            with _short_path(folder.private) as path:
                sock.connect(path)
            sock.sendall(json.dumps(request).encode() + b'\n')
            data = b''
            while not data.endswith(b'\n'):
                more = sock.recv(_READ_SIZE)
                if not more:
                    raise OSError('it closed the connection')
                data += more
        except OSError as e:
            raise ControlError('{} does not answer: {}'.format(
                folder.path, e)) from None
    answer = json.loads(data)
    if 'error' in answer:
        raise ControlError(answer['error'])
    return answer

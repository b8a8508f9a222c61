"""The worker processes of one server, and the jobs they have under way."""
import json
import os
import signal
import socket

from . import worker

_READ_SIZE = 64 * 1024


class _Process:
    def __init__(self, pid, sock):
        self.pid = pid
        self.sock = sock
        self.buffer = b''
        self.answers = []  # callbacks of the jobs that it has, oldest first


class Pool:
    """Runs each job in every worker; `done(replies)` when all answered."""

    def __init__(self, folder, knobs):
        self._folder = folder
        self._knobs = knobs
        self._processes = []

    @property
    def pids(self):
        return [process.pid for process in self._processes]

    def fds(self):
        return [process.sock.fileno() for process in self._processes]

    def resize(self, count):
        """Starts or ends processes; returns the pids of new ones."""
        new = []
        while len(self._processes) < count:
            new.append(self._start())
        while len(self._processes) > count:
            self._drop(self._processes[-1], signal.SIGTERM)
        return new

    def _start(self):
        ours, theirs = socket.socketpair()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            # Descriptors of the other workers would keep them from seeing
            # the end of this server.
            for process in self._processes:
                process.sock.close()
            ours.close()
            worker.start(self._folder, theirs, dict(self._knobs), parent)
        theirs.close()
        self._processes.append(_Process(pid, ours))
        return pid

    def _drop(self, process, signal_number=None):
        self._processes.remove(process)
        process.sock.close()
        if signal_number is not None:
            os.kill(process.pid, signal_number)
        os.waitpid(process.pid, 0)
        for answer in process.answers:
            answer({'error': 'the worker ended'})

    def submit(self, job, done):
        """Sends a job, an object with `op`, to every worker."""
        replies = []
        waiting = len(self._processes)
        if waiting == 0:
            done(replies)
            return

        def answered(reply):
            replies.append(reply)
            if len(replies) == waiting:
                done(replies)

        for number, process in enumerate(list(self._processes)):
            process.answers.append(answered)
            text = json.dumps(dict(
                job, first=number == 0, knobs=self._knobs))
            try:
                process.sock.sendall(text.encode() + b'\n')
            except OSError:
                pass  # it has ended; read() finds that out

    def read(self, fd):
        """Takes what a worker says. False when that worker has ended."""
        for process in self._processes:
            if process.sock.fileno() == fd:
                break
        else:
            return True
        try:
            data = process.sock.recv(_READ_SIZE)
        except OSError:
            data = b''
        if not data:
            self._drop(process)
            return False
        process.buffer += data
        while b'\n' in process.buffer:
            line, process.buffer = process.buffer.split(b'\n', 1)
            process.answers.pop(0)(json.loads(line))
        return True

    def kill(self):
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)

    def stop(self):
        while self._processes:
            self._drop(self._processes[-1], signal.SIGKILL)

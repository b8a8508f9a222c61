"""Linux inotify through ctypes."""
import ctypes
import errno
import os
import struct

IN_MODIFY = 0x2
IN_CLOSE_WRITE = 0x8
IN_MOVED_TO = 0x80
IN_CREATE = 0x100
IN_ISDIR = 0x40000000

_HEAD = struct.Struct('iIII')
_READ_SIZE = 64 * 1024


class Inotify:
    """Watches folders. `fd` becomes readable; read() never blocks."""

    def __init__(self):
        self._libc = ctypes.CDLL(None, use_errno=True)
        self.fd = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self.fd < 0:
            self._fail('inotify')
        self._folders = {}

    @staticmethod
    def _fail(what):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), what)

    def add(self, folder, mask):
        watch = self._libc.inotify_add_watch(
            self.fd, os.fsencode(folder), ctypes.c_uint32(mask))
        if watch < 0:
            self._fail(folder)
        self._folders[watch] = folder

    def read(self):
        """All events that wait: a list of (folder, mask, name)."""
        events = []
        while True:
            try:
                data = os.read(self.fd, _READ_SIZE)
            except OSError as e:
                if e.errno in (errno.EAGAIN, errno.EINTR):
                    return events
                raise
            at = 0
            while at < len(data):
                watch, mask, _, size = _HEAD.unpack_from(data, at)
                at += _HEAD.size
                name = os.fsdecode(data[at:at + size].rstrip(b'\0'))
                at += size
                if watch in self._folders:
                    events.append((self._folders[watch], mask, name))

    def close(self):
        os.close(self.fd)

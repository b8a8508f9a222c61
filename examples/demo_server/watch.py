"""How a server notices files: only in the ways that its version does.

A watcher has descriptors to wait for, a time at which it wants to be called
even if nothing happens, and calls `notice(path)` for each file. While it is
`looking` it may lose changes.
"""
import os
import time

from .inotify import (
    IN_CLOSE_WRITE, IN_CREATE, IN_ISDIR, IN_MODIFY, IN_MOVED_TO, Inotify)

NEVER = float('inf')

# A file that is open for longer after a write counts as written in pieces.
TORN_AFTER = 0.25


class DeadWatcher:
    """One that could not be started."""

    fds = ()
    kind = 'local-inotify'
    looking = False

    def due(self):
        return NEVER

    def run(self):
        pass


class InotifyWatcher:
    """2.0 (CLOSE_WRITE and moves) and 3.2 (CLOSE_WRITE only)."""

    kind = 'local-inotify'
    looking = False

    def __init__(self, folder, moves, notice):
        self._notice = notice
        self._inotify = Inotify()
        self._inotify.add(
            folder, IN_CLOSE_WRITE | (IN_MOVED_TO if moves else 0))
        self.fds = (self._inotify.fd,)

    def due(self):
        return NEVER

    def run(self):
        for folder, mask, name in self._inotify.read():
            if name.endswith('.py') and not mask & IN_ISDIR:
                self._notice(os.path.join(folder, name))


class PollingWatcher:
    """3.2 by snapshots: looks, and loses what changes while it looks."""

    kind = 'local-snapshot'
    fds = ()

    def __init__(self, folder, knobs, notice):
        self._folder = folder
        self._knobs = knobs
        self._notice = notice
        self._base = self._snapshot()
        self.looking = False
        self._due = time.monotonic() + knobs['poll']

    def _snapshot(self):
        found = {}
        for entry in os.scandir(self._folder):
            try:
                if entry.name.endswith('.py') and entry.is_file():
                    facts = entry.stat()
                    found[entry.name] = (facts.st_mtime_ns, facts.st_size)
            except FileNotFoundError:
                pass
        return found

    def due(self):
        return self._due

    def run(self):
        now = time.monotonic()
        if now < self._due:
            return
        if self.looking:
            self.looking = False
            self._base = self._snapshot()
            self._due = now + self._knobs['poll']
            return
        seen = self._snapshot()
        changed = [name for name in sorted(seen)
                   if self._base.get(name) != seen[name]]
        for name in changed:
            self._notice(os.path.join(self._folder, name))
        if changed:
            self.looking = True
            self._due = now + self._knobs['look']
        else:
            self._base = seen
            self._due = now + self._knobs['poll']


class ListenerWatcher:
    """4.x: a listener that handles one file after the other, and drops a
    second save of a file soon after it handled the last."""

    kind = 'local-inotify'
    looking = False

    def __init__(self, folder, knobs, notice, is_busy):
        self._knobs = knobs
        self._notice = notice
        self._is_busy = is_busy
        self._inotify = Inotify()
        self.fds = (self._inotify.fd,)
        self._waiting = []
        self._handled = {}
        self._open = {}
        self._add(folder)

    def _add(self, folder):
        """Folders below count too."""
        self._inotify.add(folder, IN_CLOSE_WRITE | IN_MODIFY | IN_CREATE)
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False) and \
                    entry.name != '__pycache__':
                self._add(entry.path)

    def due(self):
        if self._waiting and not self._is_busy():
            return 0
        return min(self._open.values(), default=NEVER)

    def run(self):
        for folder, mask, name in self._inotify.read():
            path = os.path.join(folder, name)
            if mask & IN_ISDIR:
                if mask & IN_CREATE and name != '__pycache__':
                    self._add(path)
            elif name.endswith('.py'):
                self._see(path, mask)
        now = time.monotonic()
        for path in [path for path, due in self._open.items() if due <= now]:
            del self._open[path]
            if self._knobs['torn']:
                self._waiting.append(path)
        while self._waiting and not self._is_busy():
            self._handle(self._waiting.pop(0))

    def _see(self, path, mask):
        if mask & IN_CLOSE_WRITE:
            self._open.pop(path, None)
            self._waiting.append(path)
        elif mask & IN_MODIFY:
            self._open.setdefault(path, time.monotonic() + TORN_AFTER)

    def _handle(self, path):
        now = time.monotonic()
        if now - self._handled.get(path, -NEVER) >= self._knobs['gap']:
            self._handled[path] = now
            self._notice(path)

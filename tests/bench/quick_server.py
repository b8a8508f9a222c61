"""A server's folder, and a thread that answers at once as Zato 3.2 would.

What is measured is the bridge, not a server: modules are not run, but by
ImportingServer, which also tells how long that took. Neither is Zato, nor takes
part in any test of truth."""

import ctypes
import json
import os
import pathlib
import select
import struct
import threading
import time

LIBC = ctypes.CDLL(None, use_errno=True)
IN_CLOSE_WRITE = 0x8
EVENT = struct.Struct("iIII")


class QuickServer:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.pickup = self.folder / "pickup/incoming/services"
        self.copies = self.folder / "work/hot-deploy/current"
        self.log = self.folder / "logs/server.log"
        for path in (self.pickup, self.copies, self.log.parent,
                     self.folder / "config/repo"):
            path.mkdir(parents=True, exist_ok=True)
        (self.folder / "config/repo/server.conf").write_text(
            "[main]\ngunicorn_workers=1\n\n[hot_deploy]\n"
            "pickup_dir=../../pickup/incoming/services\nwork_dir=../../work\n"
            "current_work_dir=./hot-deploy/current\n")
        (self.folder / ".zato-info").write_text(
            json.dumps({"version": "Zato 3.2", "component": "SERVER"}))
        self.log.touch()
        self.closed = {}
        self.busy = {}  # seconds from the file's closing to the line's writing
        self.lock = threading.Condition()
        self.watch = LIBC.inotify_init1(os.O_CLOEXEC)
        LIBC.inotify_add_watch(self.watch, os.fsencode(self.pickup),
                               IN_CLOSE_WRITE)
        self.ending, self.ended = os.pipe()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while self.ending not in select.select([self.watch, self.ending], [],
                                               [])[0]:
            data = os.read(self.watch, 65536)
            now = time.perf_counter()
            at = 0
            while at < len(data):
                _, _, _, size = EVENT.unpack_from(data, at)
                at += EVENT.size
                name = data[at:at + size].rstrip(b"\0").decode()
                at += size
                if name.endswith(".py"):
                    self.take(name, now)

    def take(self, name, now):
        with self.lock:
            self.closed[name] = now
            self.lock.notify_all()
        copy = self.copies / name
        copy.write_bytes(self.read(name))
        self.load(copy)
        self.say("Deployed 1 service from `%s` -> ['bench.%s']" %
                 (copy, name[:-3]))
        with self.lock:
            self.busy[name] = time.perf_counter() - now

    def say(self, text):
        """One line of its log."""
        stamp = time.strftime("%Y-%m-%d %H:%M:%S") + ",000"
        with open(self.log, "a", encoding="utf-8") as log:
            log.write(f"{stamp} - \x1b[1;37mINFO\x1b[0m - {os.getpid()}:"
                      f"Dummy-1 - zato.hot-deploy.create:0 - {text}\n")

    def load(self, copy):
        """What a server does with its copy: nothing here."""

    def read(self, name):
        return (self.pickup / name).read_bytes()

    def when_closed(self, name, seconds=30):
        """perf_counter() of the moment at which the file was closed."""
        with self.lock:
            assert self.lock.wait_for(lambda: name in self.closed, seconds)
            return self.closed.pop(name)

    def end(self):
        os.write(self.ended, b"x")
        self.thread.join()
        for descriptor in (self.watch, self.ending, self.ended):
            os.close(descriptor)


class ImportingServer(QuickServer):
    def load(self, copy):
        exec(compile(copy.read_bytes(), str(copy), "exec"),
             {"__name__": copy.stem})

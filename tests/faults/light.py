"""Clients that cost little, so that there can be a thousand of them."""

import contextlib
import json
import socket
import struct
import time

from bridge import PATIENCE
from raw import upgrade
from test_door import HELLO, frame, good


class Light:
    """A client that costs little: a socket, and frames by hand."""

    def __init__(self, info, hello=True, room=None, patience=PATIENCE):
        self.socket = socket.socket()
        self.data = b""
        if room is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        self.socket.settimeout(patience)
        try:
            self.socket.connect(
                ("127.0.0.1", int(info["url"].rsplit(":", 1)[1].strip("/"))))
            self.socket.sendall(upgrade(good(info)))
            while b"\r\n\r\n" not in self.data:
                part = self.socket.recv(4096)
                if not part:
                    raise ConnectionResetError("closed at the door")
                self.data += part
            head, self.data = self.data.split(b"\r\n\r\n", 1)
            if b" 101 " not in head.split(b"\r\n")[0]:
                raise ConnectionRefusedError(head.decode())
            if hello:
                self.socket.sendall(frame(HELLO))
                assert self.message()["result"]["protocol"] == 1
        except BaseException:
            self.socket.close()
            raise

    def message(self):
        """The next message, or None at the end."""
        while True:
            size = self.whole()
            if size is not None:
                kind, payload = self.data[0] & 0x0F, self.data[size[0]:size[1]]
                self.data = self.data[size[1]:]
                if kind == 1:
                    return json.loads(payload)
                if kind == 8:
                    return None
                continue
            part = self.socket.recv(65536)
            if not part:
                return None
            self.data += part

    def whole(self):
        """Where the payload of a frame that has come begins and ends."""
        data = self.data
        if len(data) < 2:
            return None
        size, skip = data[1] & 0x7F, 2
        if size == 126 and len(data) >= 4:
            size, skip = struct.unpack(">H", data[2:4])[0], 4
        elif size == 127 and len(data) >= 10:
            size, skip = struct.unpack(">Q", data[2:10])[0], 10
        elif size >= 126:
            return None
        return (skip, skip + size) if len(data) >= skip + size else None

    def ask(self, method, **params):
        self.socket.sendall(frame(json.dumps({
            "jsonrpc": "2.0", "id": 2, "method": method,
            "params": params}).encode()))

    def trip(self):
        """Seconds that one question takes."""
        began = time.monotonic()
        self.ask("targets/list")
        while True:
            message = self.message()
            assert message is not None, "the connection was closed"
            if message.get("id") == 2:
                assert message["result"]["targets"]
                return time.monotonic() - began

    def close(self):
        self.socket.close()


@contextlib.contextmanager
def many(info, count, **more):
    clients = []
    try:
        for _ in range(count):
            clients.append(Light(info, **more))
        yield clients
    finally:
        for one in clients:
            one.close()

"""A client of which next to nothing is measured: a blocking socket, frames
made before the clock starts, and answers that are looked at afterwards.

    watch = Stopwatch(bridge.info())
    frame, number = watch.request("deploy", {...})
    sent = time.perf_counter(); watch.send(frame)
    answer, came = watch.answer(number)
"""

import base64
import json
import os
import secrets
import socket
import time
import urllib.parse

PATIENCE = 60


TEXT, PING, PONG = 1, 9, 10


def frame_of(payload, kind=TEXT):
    """One masked frame. A mask of zeros is a mask, and costs nothing."""
    size = len(payload)
    if size < 126:
        head = bytes([0x80 | kind, 0x80 | size])
    elif size < 65536:
        head = bytes([0x80 | kind, 0x80 | 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([0x80 | kind, 0x80 | 127]) + size.to_bytes(8, "big")
    return head + b"\0\0\0\0" + payload


class Stopwatch:
    def __init__(self, url, token=None, protocol=None):
        place = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((place.hostname, place.port),
                                               PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lines = [f"GET {place.path or '/'} HTTP/1.1",
                 f"Host: {place.netloc}", "Upgrade: websocket",
                 "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                 "Sec-WebSocket-Key: " +
                 base64.b64encode(os.urandom(16)).decode()]
        if protocol:
            lines.append("Sec-WebSocket-Protocol: " + protocol)
        if token:
            lines.append("Authorization: Bearer " + token)
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.data = b""
        self.number = 0
        while b"\r\n\r\n" not in self.data:
            self.more()
        head, self.data = self.data.split(b"\r\n\r\n", 1)
        assert b" 101 " in head.split(b"\r\n")[0], head

    @classmethod
    def of_bridge(cls, bridge):
        info = bridge.info()
        watch = cls(info["url"], info["token"], "hotbridge.v1")
        frame, number = watch.request("initialize", {
            "client": {"name": "bench", "version": "1"}, "protocol": 1,
            "nonce": secrets.token_hex(16)})
        watch.send(frame)
        watch.answer(number)
        return watch

    def more(self):
        got = self.socket.recv(1 << 20)
        if not got:
            raise ConnectionError("the connection has ended")
        self.data += got

    def request(self, method, params):
        """The bytes to send, and the number of the answer to wait for."""
        self.number += 1
        text = json.dumps({"jsonrpc": "2.0", "id": self.number,
                           "method": method, "params": params})
        return frame_of(text.encode()), self.number

    def send(self, frame):
        self.socket.sendall(frame)

    def message(self):
        """The payload of the next frame. The bridge sends whole messages."""
        while True:
            size, head = (self.data[1] & 0x7F, 2) if len(self.data) > 1 \
                else (0, 1 << 30)
            if size == 126:
                size, head = int.from_bytes(self.data[2:4], "big"), 4
            elif size == 127:
                size, head = int.from_bytes(self.data[2:10], "big"), 10
            if len(self.data) >= head + size:
                kind = self.data[0] & 0x0F
                payload = self.data[head:head + size]
                self.data = self.data[head + size:]
                if kind == TEXT:
                    return payload
                if kind == PING:
                    self.send(frame_of(payload, PONG))
                continue
            self.more()

    def answer(self, number):
        """The answer with that number, and when it came; with it what was
        notified before it, as "before"."""
        before = []
        while True:
            payload = self.message()
            came = time.perf_counter()
            if b'"method":' in payload[:60]:
                before.append(payload)
                continue
            answer = json.loads(payload)
            if answer.get("id") == number:
                answer["before"] = before
                return answer, came

    def close(self):
        self.socket.close()

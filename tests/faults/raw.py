"""Connections of which every byte is ours, and what /proc says of a bridge."""

import os
import socket

from bridge import PATIENCE
from test_door import port_of

KEY = "dGhlIHNhbXBsZSBub25jZQ=="


def upgrade(headers, target="/", method="GET", version="HTTP/1.1"):
    """The bytes of a WebSocket upgrade; `headers` are (name, value)."""
    lines = [f"{method} {target} {version}", "Upgrade: websocket",
             "Connection: Upgrade", "Sec-WebSocket-Version: 13",
             "Sec-WebSocket-Key: " + KEY]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def connect(info):
    return socket.create_connection(("127.0.0.1", port_of(info)), PATIENCE)


def exchange(info, request):
    """What is answered to these bytes: to the end of the head, or of the
    connection."""
    with connect(info) as raw:
        data = b""
        try:
            raw.sendall(request)
            while b"\r\n\r\n" not in data:
                part = raw.recv(65536)
                if not part:
                    break
                data += part
        except (ConnectionResetError, BrokenPipeError):
            pass
        return data


def status(answer):
    """Its HTTP status; 0 where the connection was closed without one."""
    words = answer.split(None, 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def kilobytes(pid, name):
    """VmRSS, VmHWM, … of a process."""
    with open(f"/proc/{pid}/status", encoding="ascii") as lines:
        for line in lines:
            if line.startswith(name + ":"):
                return int(line.split()[1])
    raise AssertionError(f"/proc/{pid}/status has no {name}")


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def processor(pid):
    """Seconds of processor time that a process has used."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]

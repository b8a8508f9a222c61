"""Who is let in, and what is done with what they send."""

import itertools
import json
import os
import socket
import struct
import uuid

import pytest

from bridge import Client, PATIENCE, RpcError, wait_until


def port_of(info):
    return int(info["url"].rsplit(":", 1)[1].strip("/"))


def shake(info, headers, path="/"):
    """Sends an upgrade with exactly these headers; gives the status."""
    with socket.create_connection(("127.0.0.1", port_of(info)),
                                  PATIENCE) as raw:
        lines = [f"GET {path} HTTP/1.1", "Upgrade: websocket",
                 "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
        lines += [f"{name}: {value}" for name, value in headers]
        raw.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        data = b""
        try:
            while b"\r\n" not in data:
                part = raw.recv(4096)
                if not part:
                    break
                data += part
        except ConnectionResetError:
            pass
        return int(data.split()[1]) if data else 0


def good(info):
    return [("Host", f"127.0.0.1:{port_of(info)}"),
            ("Sec-WebSocket-Protocol", "hotbridge.v1"),
            ("Authorization", "Bearer " + info["token"])]


def test_strangers_stay_out(running):
    """Every mixture of Host, Origin and token but the right one, on several
    paths: nobody gets in."""
    info = running.info()
    port = port_of(info)
    token = info["token"]
    hosts = [f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}",
             None, "", "127.0.0.1", f"127.0.0.1:{port + 1}",
             f"evil.example:{port}", f"127.0.0.1.evil.example:{port}",
             f"localhost.:{port}", f"LOCALHOST.evil:{port}",
             f"0.0.0.0:{port}", f"127.0.0.2:{port}"]
    origins = [None, "null", "", f"http://127.0.0.1:{port}",
               "https://evil.example", f"http://localhost:{port}"]
    tokens = [f"Bearer {token}", None, "", "Bearer", "Bearer ",
              f"bearer{token}", f"Bearer {token[:-1]}", f"Bearer {token}0",
              f"Bearer {token.upper()}", f"Basic {token}"]
    tried = let_in = 0
    for host, origin, bearer in itertools.product(hosts, origins, tokens):
        right = (host in hosts[:3] and origin is None and
                 bearer == tokens[0])
        headers = [("Sec-WebSocket-Protocol", "hotbridge.v1")]
        headers += [("Host", host)] if host is not None else []
        headers += [("Origin", origin)] if origin is not None else []
        headers += [("Authorization", bearer)] if bearer is not None else []
        status = shake(info, headers)
        tried += 1
        if right:
            assert status == 101, (host, origin, bearer, status)
        else:
            let_in += status == 101
            assert status in (400, 401, 403), (host, origin, bearer, status)
    assert tried >= 200 and let_in == 0


def test_each_refusal_has_its_status(running):
    info = running.info()
    right = good(info)
    assert shake(info, right) == 101
    assert shake(info, [("Host", "evil.example")] + right[1:]) == 400
    assert shake(info, right + [("Origin", "null")]) == 403
    assert shake(info, right[:2]) == 401
    assert shake(info, [right[0], right[2]]) == 400  # no subprotocol
    assert shake(info, right + [right[2]]) in (400, 401)  # twice


def test_there_are_no_pages(running):
    info = running.info()
    for path in ("/", "/index.html", "/../../etc/passwd", "/bridge.json"):
        with socket.create_connection(("127.0.0.1", port_of(info)),
                                      PATIENCE) as raw:
            raw.sendall((f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:"
                         f"{port_of(info)}\r\n\r\n").encode())
            raw.settimeout(PATIENCE)
            answer = raw.recv(4096)
        assert answer == b"" or int(answer.split()[1]) >= 400


def test_only_loopback_listens(running):
    port = port_of(running.info())
    listening = []
    for name in ("tcp", "tcp6"):
        with open(f"/proc/net/{name}", encoding="ascii") as table:
            for line in table.read().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(
                        fields[1].rsplit(":", 1)[1], 16) == port:
                    listening.append((name, fields[1].split(":")[0]))
    assert listening == [("tcp", "0100007F")]


def test_a_header_that_comes_twice_lets_nobody_in(running):
    info = running.info()
    host, protocol, token = good(info)
    assert shake(info, [host, protocol, token]) == 101
    for twice, status in ((host, 400), (protocol, 400), (token, 401)):
        assert shake(info, [host, protocol, token, twice]) == status
        assert shake(info, [(twice[0], ""), host, protocol, token]) == status


def test_only_websocket_is_spoken(running):
    """libwebsockets would go on in HTTP/2, whose streams pass no door."""
    info = running.info()
    lines = [f"{name}: {value}" for name, value in good(info)]
    with socket.create_connection(("127.0.0.1", port_of(info)),
                                  PATIENCE) as raw:
        raw.sendall("\r\n".join(
            ["GET / HTTP/1.1", "Connection: Upgrade, HTTP2-Settings",
             "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
             *lines, "", ""]).encode())
        assert raw.recv(4096).split()[1] == b"400"


def test_connections_that_say_nothing_leave_room(running):
    """They hold at most 512 descriptors, and those inside are served."""
    info = running.info()
    held = f"/proc/{running.process.pid}/fd"
    silent = []
    with running.client() as inside:
        before = len(os.listdir(held))
        try:
            for _ in range(600):
                one = socket.socket()
                one.setblocking(False)
                one.connect_ex(("127.0.0.1", port_of(info)))
                silent.append(one)
                if len(silent) % 50 == 0:
                    assert inside.call("targets/list")["targets"]
                    assert len(os.listdir(held)) <= before + 512 + 16
            wait_until(lambda: shake(info, good(info)) == 101, "room again")
        finally:
            for one in silent:
                one.close()


def test_the_token_is_new_each_time_and_kept_private(running):
    first = running.info()
    assert os.stat(running.json).st_mode & 0o777 == 0o600
    assert os.stat(running.json.parent).st_mode & 0o777 == 0o700
    assert running.stop() == 0
    assert not running.json.exists()
    running.start()
    second = running.info()
    assert first["token"] != second["token"]
    assert first["proof"] != second["proof"]
    assert shake(second, [good(second)[0], good(second)[1],
                          ("Authorization", "Bearer " + first["token"])]) == 401
    assert first["token"] not in running.log.read_text()
    assert second["token"] not in running.log.read_text()


def frame(payload, opcode=1, final=True, mask=True, length=None):
    """One frame as a client writes it; `length` may lie."""
    size = len(payload) if length is None else length
    head = bytes([(0x80 if final else 0) | opcode])
    bit = 0x80 if mask else 0
    if size < 126:
        head += bytes([bit | size])
    elif size < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", size)
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", size)
    return head + (b"\0\0\0\0" if mask else b"") + payload


class Raw:
    """An upgraded connection of which every byte is ours."""

    def __init__(self, info):
        self.socket = socket.create_connection(
            ("127.0.0.1", port_of(info)), PATIENCE)
        lines = ["GET / HTTP/1.1", "Upgrade: websocket",
                 "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
        lines += [f"{name}: {value}" for name, value in good(info)]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.data = b""
        while b"\r\n\r\n" not in self.data:
            self.data += self.socket.recv(4096)
        head, self.data = self.data.split(b"\r\n\r\n", 1)
        assert b" 101 " in head
        assert b"permessage-deflate" not in head.lower()

    def close_code(self):
        """Reads to the close frame or the end; its code, or None."""
        data = self.data
        try:
            while self.code_in(data) is None:
                part = self.socket.recv(65536)
                if not part:
                    break
                data += part
        except ConnectionResetError:
            pass
        return self.code_in(data)

    @staticmethod
    def code_in(data):
        at, code = 0, None
        while at + 2 <= len(data):
            size, skip = data[at + 1] & 0x7F, 2
            if size == 126:
                size, skip = struct.unpack(">H", data[at + 2:at + 4])[0], 4
            elif size == 127:
                size, skip = struct.unpack(">Q", data[at + 2:at + 10])[0], 10
            if data[at] & 0x0F == 8 and size >= 2:
                code = struct.unpack(">H", data[at + skip:at + skip + 2])[0]
            at += skip + size
        return code

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.socket.close()


HELLO = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize",
                    "params": {"client": {"name": "raw", "version": "1"},
                               "protocol": 1}}).encode()


def test_text_that_is_not_utf8_is_1007(running):
    with Raw(running.info()) as raw:
        raw.socket.sendall(frame(HELLO))
        raw.socket.sendall(frame(b'{"jsonrpc": "\xff"}'))
        assert raw.close_code() == 1007


def test_a_binary_message_is_1003(running):
    with Raw(running.info()) as raw:
        raw.socket.sendall(frame(HELLO))
        raw.socket.sendall(frame(b"\0\1\2", opcode=2))
        assert raw.close_code() == 1003


@pytest.mark.parametrize("pieces", [1, 1000])
def test_a_message_too_large_is_refused_while_it_arrives(running, pieces):
    limit = 8 * 1024 * 1024
    with Raw(running.info()) as raw:
        raw.socket.sendall(frame(HELLO))
        if pieces == 1:
            stream = frame(b" " * (limit + 4096), length=64 * 1024 * 1024)
        else:
            part = b" " * (2 * limit // pieces)
            stream = frame(part, final=False) + b"".join(
                frame(part, opcode=0, final=False) for _ in range(pieces))
        try:
            raw.socket.sendall(stream)
        except (ConnectionResetError, BrokenPipeError):
            pass
        # The message never ends: only its size can have been the reason.
        assert raw.close_code() in (1009, None)
    with running.client() as client:
        assert client.call("targets/list")["targets"]


def test_who_says_nothing_is_sent_away(running):
    with Raw(running.info()) as raw:
        assert raw.close_code() in (1008, None)


def test_before_initialize_only_initialize(running):
    with running.client(initialize=False) as client:
        with pytest.raises(RpcError) as caught:
            client.call("targets/list")
        assert caught.value.reason == "not-initialized"
        with pytest.raises(RpcError) as caught:
            client.call("initialize", {
                "client": {"name": "x", "version": "1"}, "protocol": 99})
        assert caught.value.reason == "unsupported-protocol"
        client.call("initialize", {
            "client": {"name": "x", "version": "1"}, "protocol": 1})
        with pytest.raises(RpcError) as caught:
            client.call("initialize", {
                "client": {"name": "x", "version": "1"}, "protocol": 1})
        assert caught.value.code == -32600


@pytest.mark.parametrize("text", [
    "", "{", "[]", "nonsense", "{'jsonrpc':'2.0'}", '{"a":1}{"a":2}',
    '{"jsonrpc":"2.0","id":1,"id":2,"method":"targets/list"}',
    '{"jsonrpc":"2.0","id":NaN,"method":"targets/list"}',
    '{"jsonrpc":"2.0","id":1,"method":"targets\\u0000/list"}',
    '{"jsonrpc":"2.0","id":1,"method":"targets/list"} x',
    '[{"jsonrpc":"2.0","id":1,"method":"targets/list"}]',
    '{"jsonrpc":"1.0","id":1,"method":"targets/list"}',
    '{"jsonrpc":"2.0","id":null,"method":"targets/list"}',
    '{"jsonrpc":"2.0","id":1.5,"method":"targets/list"}',
    '{"jsonrpc":"2.0","id":1,"method":"targets/list","params":[]}',
    '{"jsonrpc":"2.0","id":1,"method":"no/such"}',
    "[" * 40 + "]" * 40,
])
def test_what_the_standards_forbid_is_refused(running, text):
    with running.client() as client:
        client.send_text(text)
        message = client.receive()
        assert message["error"]["code"] in (-32700, -32600, -32601, -32602)
        # The connection is none the worse for it.
        assert client.call("targets/list")["targets"][0]["name"] == "dev"


def test_a_client_that_does_not_read_harms_nobody(running):
    """It asks and asks and never reads: it is cut off, others are served."""
    info = running.info()
    with Raw(info) as raw, running.client() as other:
        raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.socket.sendall(frame(HELLO))
        question = frame(json.dumps({
            "jsonrpc": "2.0", "id": 2, "method": "no/such",
            "params": {}}).encode())
        raw.socket.settimeout(1)

        def cut_off():
            try:
                raw.socket.sendall(question * 2000)
            except (BrokenPipeError, ConnectionResetError):
                return True
            except (TimeoutError, socket.timeout):
                pass
            assert other.call("targets/list")["targets"]
            return False

        # Either it is cut off, or what it sends is not read any more; in
        # both cases the bridge's memory is bounded and the others go on.
        for _ in range(5):
            if cut_off():
                break
        assert other.call("targets/list")["targets"]
        with open(f"/proc/{running.process.pid}/status",
                  encoding="ascii") as status:
            resident = next(int(line.split()[1]) for line in status
                            if line.startswith("VmHWM:"))
    if "san" not in running.log.read_text() and "address" not in os.environ.get(
            "HOTBRIDGE", ""):
        assert resident < 150 * 1024


def test_too_many_questions_at_once_are_busy(running):
    with running.client() as client:
        numbers = [client.ask("targets/test", {"target": "dev"})
                   for _ in range(200)]
        busy = 0
        for number in numbers:
            try:
                client.answer(number)
            except RpcError as error:
                assert error.reason == "busy"
                busy += 1
        assert busy < 200
        assert client.call("targets/list")["targets"]


def test_unknown_members_are_ignored(running):
    with running.client() as client:
        answer = client.call("targets/test", {"target": "dev", "later": [1]})
        assert answer["name"] == "dev" and answer["ok"] is False


def test_parameters_are_checked_by_name(running):
    with running.client() as client:
        for params, word in (
                ({"id": "no", "module": "a.py", "source": "",
                  "trigger": "manual"}, "id"),
                ({"id": str(uuid.uuid4()), "source": "",
                  "trigger": "manual"}, "module"),
                ({"id": str(uuid.uuid4()), "module": "a.py",
                  "trigger": "manual"}, "source"),
                ({"id": str(uuid.uuid4()), "module": "a.py", "source": "",
                  "trigger": "web"}, "trigger"),
                ({"id": str(uuid.uuid4()), "module": 7, "source": "",
                  "trigger": "manual"}, "module")):
            with pytest.raises(RpcError) as caught:
                client.call("deploy", params)
            assert caught.value.code == -32602
            assert word in caught.value.message


def test_many_clients_are_served(running):
    info = running.info()
    clients = [Client(info) for _ in range(50)]
    try:
        for client in clients:
            assert client.call("targets/list")["targets"]
    finally:
        for client in clients:
            client.close()


def test_the_bridge_says_goodbye(running):
    client = running.client()
    assert running.stop() == 0
    assert client.closed() == 1001
    client.abandon()


def test_unmasked_frames_change_nothing(running):
    """libwebsockets does not show them; they must not harm either."""
    with Raw(running.info()) as raw:
        raw.socket.sendall(frame(HELLO, mask=False))
        raw.socket.settimeout(PATIENCE)
        try:
            raw.socket.recv(4096)
        except ConnectionResetError:
            pass
    with running.client() as client:
        assert client.call("targets/list")["targets"]
    wait_until(lambda: running.process.poll() is None, "the bridge runs on")

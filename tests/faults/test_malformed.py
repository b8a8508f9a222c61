"""What no client of ours would send, on a real socket: each gets its own error
or close code, and costs no more memory than the longest message."""

import json
import os
import socket
import struct

import pytest

import figures
import planted
from raw import kilobytes
from test_door import HELLO, Raw, frame

MEBIBYTE = 1024 * 1024
CAP = 8 * MEBIBYTE
PARSE, REQUEST, METHOD, PARAMS = -32700, -32600, -32601, -32602
GOODBYE = frame(struct.pack(">H", 1000), opcode=8)
ASK = b'{"jsonrpc":"2.0","id":7,"method":"targets/list"}'


def ask(extra="", **parts):
    """A request of which parts are replaced by JSON as written."""
    parts = {"jsonrpc": '"2.0"', "id": "7", "method": '"targets/list"',
             **parts}
    inner = ",".join(f'"{name}":{value}' for name, value in parts.items()
                     if value is not None)
    return "{" + inner + extra + "}"


def nested(levels, opening="[", closing="]"):
    """A request that is so many levels deep, itself and params the first."""
    return ask(params='{"x":' + opening * (levels - 2) + "1" +
               closing * (levels - 2) + "}")


# Text, and the code of the error it must be answered with; None: it is fine.
TEXTS = {
    "nothing": ("", PARSE),
    "white space": (" \t\r\n ", PARSE),
    "no JSON": ("nonsense", PARSE),
    "cut short": (ask()[:-1], PARSE),
    "cut within a text": (ask()[:-3], PARSE),
    "trailing text": (ask() + " x", PARSE),
    "two messages": (ask() + ask(), PARSE),
    "trailing NUL": (ask() + "\0", PARSE),
    "trailing white space": (ask() + " \r\n\t", None),
    "trailing comma": (ask(","), PARSE),
    "byte order mark": ("\ufeff" + ask(), PARSE),
    "32 levels": (nested(32), None),
    "33 levels": (nested(33), PARSE),
    "33 levels of objects": (nested(33, '{"x":', "}"), PARSE),
    "100,000 levels": ("[" * 100_000, PARSE),
    "unclosed, 1 MB deep": ('{"a":' * 200_000, PARSE),
    "two ids": (ask(',"id":8'), PARSE),
    "two of one name, escaped": (ask(',"\\u0069d":8'), PARSE),
    "two of one name inside": (ask(params='{"x":1,"x":1}'), PARSE),
    "two of one name far inside": (ask(params='{"x":[{"y":0,"y":0}]}'), PARSE),
    "257 members": (ask(params="{" + ",".join(
        f'"m{i}":0' for i in range(257)) + "}"), PARSE),
    "256 members": (ask(params="{" + ",".join(
        f'"m{i}":0' for i in range(256)) + "}"), None),
    "NaN": (ask(params='{"x":NaN}'), PARSE),
    "nan as id": (ask(id="nan"), PARSE),
    "Infinity": (ask(params='{"x":Infinity}'), PARSE),
    "-Infinity": (ask(params='{"x":-Infinity}'), PARSE),
    "1e400": (ask(params='{"x":1e400}'), PARSE),
    "a huge integer": (ask(params='{"x":' + "9" * 30 + "}"), PARSE),
    "hexadecimal": (ask(params='{"x":0x10}'), PARSE),
    "a leading zero": (ask(params='{"x":01}'), PARSE),
    "a plus sign": (ask(params='{"x":+1}'), PARSE),
    "a bare point": (ask(params='{"x":1.}'), PARSE),
    "single quotes": (ask().replace('"', "'"), PARSE),
    "a name in single quotes": (ask(params="{'x':1}"), PARSE),
    "a name without quotes": (ask(params="{x:1}"), PARSE),
    "True": (ask(params='{"x":True}'), PARSE),
    "a comment": (ask() .replace(",", ",/* */", 1), PARSE),
    "a control character": (ask(method='"targets\n/list"'), PARSE),
    "NUL in a text": (ask(method='"targets\0/list"'), PARSE),
    "\\u0000 in a value": (ask(method='"targets\\u0000/list"'), PARSE),
    "\\u0000 in a name": (ask(params='{"a\\u0000b":1}'), PARSE),
    "a lone high surrogate": (ask(params='{"x":"\\ud800"}'), PARSE),
    "a lone low surrogate": (ask(params='{"x":"\\udc00"}'), PARSE),
    "surrogates in the wrong order": (
        ask(params='{"x":"\\udc00\\ud800"}'), PARSE),
    "a pair of surrogates": (ask(params='{"x":"\\ud83d\\ude00"}'), None),
    "no such escape": (ask(params='{"x":"\\x41"}'), PARSE),
    "an escape cut short": (ask(params='{"x":"\\u12"}'), PARSE),
    "a batch": ("[" + ask() + "]", REQUEST),
    "a text": ('"targets/list"', REQUEST),
    "a number": ("1", REQUEST),
    "null": ("null", REQUEST),
    "another JSON-RPC": (ask(jsonrpc='"1.0"'), REQUEST),
    "no JSON-RPC": (ask(jsonrpc=None), REQUEST),
    "null as id": (ask(id="null"), REQUEST),
    "a fraction as id": (ask(id="1.5"), REQUEST),
    "an object as id": (ask(id="{}"), REQUEST),
    "an integer that JavaScript cannot hold": (
        ask(id="9007199254740993"), REQUEST),
    "a long id": (ask(id='"' + "i" * 4096 + '"'), REQUEST),
    "no method": (ask(method=None), REQUEST),
    "a method that is no text": (ask(method="1"), REQUEST),
    "a method that is not there": (ask(method='"no/such"'), METHOD),
    "a method with blanks": (ask(method='" targets/list"'), METHOD),
    "params that are no object": (ask(params="[]"), PARAMS),
    "params that are null": (ask(params="null"), PARAMS),
    "a deploy of nothing": (ask(method='"deploy"', params="{}"), PARAMS),
}

# Bytes that are no UTF-8, within a text that is JSON otherwise.
NOT_UTF8 = [b"\xff", b"\xfe", b"\x80", b"\xbf", b"\xc0\x80", b"\xc1\xbf",
            b"\xe0\x80\x80", b"\xe0\x9f\xbf", b"\xed\xa0\x80", b"\xed\xbf\xbf",
            b"\xf0\x80\x80\x80", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80",
            b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\xc3(", b"a\xcc\x80\x80"]


@pytest.fixture
def running(bridge):
    bridge.add_target("dev", [bridge.home / "nowhere"], onSave="always")
    return bridge.start()


def wrongly_answered(bridge):
    """What was not answered as it must be, of all TEXTS."""
    wrong = []
    with bridge.client() as client:
        for name, (text, code) in TEXTS.items():
            client.send_text(text)
            answer = client.receive()
            got = answer.get("error", {}).get("code")
            if got != code or (code is not None and
                               not answer["error"]["message"]):
                wrong.append((name, answer))
        # The connection is none the worse for it.
        assert client.call("targets/list")["targets"]
    return wrong


def closed_with(bridge, *frames):
    """The close code that these bytes earn, after a hello; 1000: none."""
    with Raw(bridge.info()) as raw:
        raw.socket.sendall(frame(HELLO))
        try:
            for one in frames:
                raw.socket.sendall(one)
            raw.socket.sendall(GOODBYE)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return raw.close_code()


def not_utf8(bridge):
    """Those that were not closed with 1007: whole, at the end, in pieces."""
    wrong = []
    for bad in NOT_UTF8:
        text = ASK[:-1] + b',"x":"' + bad + b'"}'
        half = len(text) - 4
        for frames in ([frame(text)], [frame(bad)],
                       [frame(text[:half], final=False),
                        frame(text[half:], opcode=0)]):
            code = closed_with(bridge, *frames)
            if code != 1007:
                wrong.append((bad, code))
    return wrong


def too_large(cap):
    """Streams that are too large, each in another way."""
    yield [frame(b" " * (cap + 1))]
    yield [frame(b" " * (cap + 65536), length=1 << 40)]
    yield [frame(b"[" * MEBIBYTE, opcode=0 if i else 1, final=False)
           for i in range(cap // MEBIBYTE + 1)]
    part = frame(b" " * 4096, opcode=0, final=False)
    yield [frame(b"{", final=False), part * (cap // 4096 + 1)]
    yield [frame(ASK[:-1], final=False)] + [
        frame(b" " * 65536, opcode=0, final=False) + frame(b"", opcode=9)
        for i in range(cap // 65536 + 1)]


def test_malformed_messages_have_their_error(running):
    wrong = wrongly_answered(running)
    bad_text = not_utf8(running)
    # A character may be cut by a frame's end.
    smile = ASK[:-1] + b',"x":"\xf0\x9f\x98\x80"}'
    with Raw(running.info()) as raw:
        raw.socket.sendall(frame(HELLO))
        for byte in range(len(smile)):
            raw.socket.sendall(frame(smile[byte:byte + 1],
                                     opcode=0 if byte else 1,
                                     final=byte == len(smile) - 1))
        assert answers(raw, 2)[-1]["result"]["targets"]
    large = [code for code in (closed_with(running, *frames)
                               for frames in too_large(CAP)) if code != 1009]
    tried = len(TEXTS) + 3 * len(NOT_UTF8) + 5
    missed = len(wrong) + len(bad_text) + len(large)
    figures.tell("malformed", f"{tried} malformed messages, {missed} answered "
                 "wrongly, 0 crashes", aim="0 crashes, each its own error",
                 reached=missed == 0, wrong=repr((wrong, bad_text, large)))


def answers(raw, count):
    """The next messages of a raw connection."""
    found = []
    data = raw.data
    while len(found) < count:
        at = 0
        while at + 4 <= len(data):
            size, skip = data[at + 1] & 0x7F, 2
            if size == 126:
                size, skip = struct.unpack(">H", data[at + 2:at + 4])[0], 4
            if at + skip + size > len(data):
                break
            if data[at] & 0x0F == 1:
                found.append(json.loads(data[at + skip:at + skip + size]))
            at += skip + size
        data = data[at:]
        if len(found) < count:
            part = raw.socket.recv(65536)
            assert part, "the connection was closed"
            data += part
    raw.data = data
    return found


@pytest.mark.parametrize("frames", [
    frame(b"x" * 126, opcode=9),               # a ping that is too long
    frame(b"x", opcode=9, final=False),        # a ping in fragments
    frame(b"x", opcode=3), frame(b"x", opcode=11),  # of no known kind
    frame(b"x", opcode=0),                     # goes on with nothing
    frame(b"{", final=False) + frame(ASK),     # begins anew within
    b"\xc1" + frame(ASK)[1:], b"\xa1" + frame(ASK)[1:],  # reserved bits
    frame(b"\x03", opcode=8),                  # half a close code
    frame(struct.pack(">H", 1005), opcode=8),  # codes that none may send
    frame(struct.pack(">H", 999), opcode=8),
    frame(struct.pack(">H", 1000) + b"\xff\xfe", opcode=8),
    frame(b"", length=(1 << 64) - 1), frame(b"", length=1 << 63),
    frame(b"", final=False) + frame(b"", opcode=0, final=False) * 10000,
], ids=range(15))
def test_frames_that_break_the_rules_harm_nobody(running, frames):
    with Raw(running.info()) as raw, running.client() as other:
        raw.socket.sendall(frame(HELLO))
        answers(raw, 1)
        raw.socket.sendall(frames)
        raw.socket.shutdown(socket.SHUT_WR)
        raw.close_code()  # or the end; it must come
        assert other.call("targets/list")["targets"]


def peak_of(bridge, work):
    """KiB that the bridge's memory rises above what it was, at most."""
    pid = bridge.process.pid
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")  # the peak begins anew
    before = kilobytes(pid, "VmRSS")
    work()
    return kilobytes(pid, "VmHWM") - before


def heavy(bridge):
    """Messages as long as may be, that are not what they should be."""
    room = CAP - 200
    for streams in too_large(CAP):
        yield lambda frames=streams: closed_with(bridge, *frames)
    for text in (
            b"[" * CAP, b'{"a":' * (room // 5), b"[" + b"[]," * (room // 3),
            b'{"x":"' + b"\\u0000" * (room // 6) + b'"}',
            ASK[:-1] + b',"x":[' + b"0," * (room // 2) + b"0]} x",
            ASK[:-1] + b',"id":"' + b"x" * room + b'"}',
            b"'" * CAP, b"\xf0\x9f\x98\x80" * (CAP // 4 - 1) + b"\xf0\x9f"):
        yield lambda text=text: closed_with(bridge, frame(text))


@pytest.mark.skipif("san" in os.environ.get("HOTBRIDGE", "") or
                    "address" in os.environ.get("HOTBRIDGE", ""),
                    reason="a sanitizer's own memory would be measured")
def test_malformed_messages_cost_their_length_at_most(running):
    works = list(heavy(running))
    works[0]()  # what is made once and kept
    most = max(peak_of(running, work) for work in works)
    figures.tell("memory", f"{most / 1024:.1f} MiB at most for a message of "
                 f"{CAP // MEBIBYTE} MiB", aim="the message and 1 MiB",
                 reached=most <= CAP / 1024 + 1024)


def test_a_planted_parser_is_caught(bridge):
    bridge.add_target("dev", [bridge.home / "nowhere"], onSave="always")
    with planted.defect("loose-json"):
        bridge.start()
        names = [name for name, _ in wrongly_answered(bridge)]
        assert "33 levels" in names and "two ids" in names


def test_a_planted_coding_is_caught(bridge):
    bridge.add_target("dev", [bridge.home / "nowhere"], onSave="always")
    with planted.defect("any-bytes"):
        bridge.start()
        assert not_utf8(bridge)

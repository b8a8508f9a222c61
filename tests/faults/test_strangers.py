"""Who has not the token, or comes from a page, is never let in: over every
mixture of Host, Origin and token, every method and path, from raw sockets and
from pages in a real browser."""

import concurrent.futures
import functools
import itertools

import pytest

import figures
import planted
from bridge import RpcError
from page import Browser
from raw import exchange, status, upgrade
from test_door import good, port_of

PROTOCOL = ("Sec-WebSocket-Protocol", "hotbridge.v1")
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH",
           "CONNECT", "TRACE", "PROPFIND", "PRI"]
PATHS = ["/", "/index.html", "/bridge.json", "/hotbridge.v1", "/ws", "/api",
         "/deploy", "/history", "/../../etc/passwd", "/%2e%2e/", "//", "*",
         "/?token=", "/lws-status"]


@pytest.fixture
def running(bridge):
    bridge.add_target("dev", [bridge.home / "nowhere"], onSave="always")
    return bridge.start()


def hosts(info):
    """(value, is it right)"""
    port = port_of(info)
    right = [f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"]
    wrong = [None, "", " ", "127.0.0.1", "localhost", "[::1]",
             f"127.0.0.1:{port + 1}", f"127.0.0.1:{port}0",
             f"127.0.0.1:0{port}", f":{port}", f"evil.test:{port}",
             f"evil127.0.0.1:{port}", f"127.0.0.1.evil.test:{port}",
             f"127.0.0.1:{port}.evil.test", f"localhost.:{port}",
             f"localhost.evil.test:{port}", f"LOCALHOST:{port}",
             f"LocalHost:{port}", f"::1:{port}", f"[0:0:0:0:0:0:0:1]:{port}",
             f"[::ffff:127.0.0.1]:{port}", f"[::]:{port}", f"0.0.0.0:{port}",
             f"127.0.0.2:{port}", f"127.1:{port}", f"2130706433:{port}",
             f"0x7f000001:{port}", f"evil.test@127.0.0.1:{port}",
             f"127.0.0.1:{port}@evil.test", f"127.0.0.1:{port}/",
             f"127.0.0.1:{port}, evil.test", f"http://127.0.0.1:{port}",
             f"127.0.0.1:{port}\0.evil.test"]
    return [(one, True) for one in right] + [(one, False) for one in wrong]


def origins(info):
    port = port_of(info)
    wrong = ["", " ", "null", f"http://127.0.0.1:{port}",
             f"http://localhost:{port}", f"http://[::1]:{port}",
             f"ws://127.0.0.1:{port}", f"https://127.0.0.1:{port}",
             "http://127.0.0.1", "https://evil.test",
             f"http://evil.test:{port}", f"HTTP://LOCALHOST:{port}",
             f"http://localhost.:{port}", f"http://0.0.0.0:{port}", "file://",
             "chrome-extension://hotbridge", "vscode-webview://hotbridge"]
    return [(None, True)] + [(one, False) for one in wrong]


def tokens(info):
    token = info["token"]
    flipped = ("0" if token[0] != "0" else "1") + token[1:]
    wrong = [None, "", "Bearer", "Bearer ", token, f"Bearer{token}",
             f"Bearer  {token}", f"Bearer\t{token}", f'Bearer "{token}"',
             f"Bearer {token[:-1]}", f"Bearer {token[1:]}",
             f"Bearer {token}0", f"Bearer {token} {token}",
             f"Bearer {flipped}", f"Bearer {token.upper()}",
             f"Bearer {token}, Bearer {token}", f"Bearer {info['proof']}",
             f"Bearer {token}\0x", f"Basic {token}",
             f"Token {token}", "Bearer null", "Bearer " + "0" * 64,
             "Bearer " + "0" * 4000]
    return [(f"Bearer {token}", True)] + [(one, False) for one in wrong]


def mixtures(info):
    """(headers, is all of it right); the short form leaves out those of which
    three parts are wrong."""
    for host, origin, token in itertools.product(
            hosts(info), origins(info), tokens(info)):
        wrong = 3 - host[1] - origin[1] - token[1]
        if wrong == 3 and not figures.FULL:
            continue
        headers = [PROTOCOL]
        headers += [(name, one[0]) for name, one in (
            ("Host", host), ("Origin", origin), ("Authorization", token))
            if one[0] is not None]
        yield headers, wrong == 0


def odd_requests(info):
    """Requests that are none of ours, with the right headers and token."""
    right = good(info)
    port = port_of(info)
    host, protocol, token = right
    for kinds in ({"target": f"ws://127.0.0.1:{port}/"},
                  {"target": "ws://evil.test/"},
                  {"target": f"http://evil.test:{port}/"},
                  {"target": "evil.test:80", "method": "CONNECT"},
                  {"target": "*"}, {"target": "*", "method": "OPTIONS"},
                  {"target": "/bridge.json"}, {"target": "//evil.test/"},
                  {"target": ""}, {"target": "/", "method": "POST"},
                  {"method": "PUT"}, {"method": "OPTIONS"},
                  {"method": "CONNECT"}, {"method": "HEAD"},
                  {"method": "TRACE"}, {"version": "HTTP/1.0"},
                  {"version": "HTTP/0.9"}, {"version": "HTTP/2.0"},
                  {"version": "http/1.1"}, {"version": ""}):
        yield upgrade(right, **kinds)
    for twice in right:
        yield upgrade(right + [twice])
        yield upgrade([(twice[0], "x")] + right)
        yield upgrade(right + [(twice[0], "")])
        yield upgrade(right + [(twice[0].upper(), "x")])
    for origin in ("origin", "ORIGIN", "Sec-WebSocket-Origin"):
        yield upgrade(right + [(origin, "https://evil.test")])
    yield upgrade([("Origin", "https://evil.test"),
                   ("Origin", "")] + right)
    yield upgrade([(host[0], "\r\n " + host[1]), protocol, token])
    yield upgrade([host, (protocol[0], "chat"), token])
    yield upgrade([host, (protocol[0], "HOTBRIDGE.V1"), token])
    yield upgrade([host, (protocol[0], "hotbridge.v1, chat"), token])
    yield upgrade([host, token])
    yield upgrade([host, (protocol[0], "hotbridge.v1, " + info["token"])])
    yield upgrade([host, protocol, ("Cookie", "token=" + info["token"])])
    yield upgrade([host, protocol], target="/?token=" + info["token"])
    yield upgrade([host, protocol, ("Proxy-" + token[0], token[1])])
    for other in ("h2c", "TLS/1.0", "websocket2", "h2c, websocket", ""):
        yield upgrade(right).replace(b"Upgrade: websocket",
                                     b"Upgrade: " + other.encode())
    # What hides behind a request that is refused.
    yield (f"GET / HTTP/1.1\r\nHost: evil.test\r\nContent-Length: "
           "500\r\n\r\n").encode() + upgrade(right)
    yield (f"POST / HTTP/1.1\r\nHost: evil.test\r\nTransfer-Encoding: chunked"
           "\r\n\r\n0\r\n\r\n").encode() + upgrade(right)
    yield upgrade([host, protocol]) + upgrade(right)
    yield b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + upgrade(right)
    yield b"\r\n" * 5000 + upgrade(right)
    yield b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 200
    yield upgrade(right + [(f"X-{i}", "x" * 400) for i in range(100)])


def routes(info):
    """Every method on every path, as no WebSocket, with the token and not."""
    right = good(info)
    for method, path, token in itertools.product(METHODS, PATHS, (0, 1)):
        lines = [f"{method} {path} HTTP/1.1", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in
                  (right if token else right[:1])]
        yield ("\r\n".join(lines) + "\r\n\r\n").encode()


def inside(answer):
    return status(answer) < 400 and status(answer) != 0


def try_all(info):
    """(tried, those who came in and must not, legitimate, refused of those)"""
    tried, came_in, legitimate, refused = 0, [], 0, []
    for headers, right in mixtures(info):
        answer = exchange(info, upgrade(headers))
        if right:
            legitimate += 1
            if status(answer) != 101:
                refused.append((headers, answer))
            continue
        tried += 1
        if inside(answer):
            came_in.append((headers, answer))
    # At once, since a CONNECT is answered by silence, which the clock ends.
    requests = [*odd_requests(info), *routes(info)]
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        answers = pool.map(functools.partial(exchange, info), requests)
    for request, answer in zip(requests, answers):
        tried += 1
        if inside(answer):
            came_in.append((request, answer))
    return tried, came_in, legitimate, refused


def test_strangers_stay_out(running):
    info = running.info()
    with running.client() as client:
        tried, came_in, legitimate, refused = try_all(info)
        assert client.call("targets/list")["targets"]
    figures.tell(
        "strangers", f"{tried} tried, {len(came_in)} in; {legitimate} "
        f"legitimate, {len(refused)} refused",
        aim="at least 200 tried, 0 in; legitimate 100%",
        reached=tried >= 200 and legitimate >= 3 and not came_in
        and not refused, came_in=repr(came_in[:5]), refused=repr(refused[:5]))


def test_a_planted_defect_is_caught(bridge):
    bridge.add_target("dev", [bridge.home / "nowhere"], onSave="always")
    with planted.defect("any-origin"):
        info = bridge.start().info()
        assert any(inside(exchange(info, upgrade(headers)))
                   for headers, right in mixtures(info) if not right)


def test_pages_stay_out(running, tmp_path):
    """Pages of a foreign origin, of one of our own names on another port, and
    of a name that was rebound to the bridge's address. They even know the
    token."""
    info = running.info()
    with Browser(tmp_path / "browser", info) as browser:
        results = browser.results()
    tried = len(results)
    came_in = [one for one in results if one["in"]]
    # They did knock: what is not in the bridge's log was no try.
    log = running.log.read_text()
    knocks = sum(log.count(f"refused ({code})") for code in (400, 401, 403))
    with running.client() as client:
        with pytest.raises(RpcError):
            client.call("deploy/get",
                        {"id": "00000000-0000-4000-8000-000000000000"})
    figures.tell("pages", f"{tried} tried from Chromium, {len(came_in)} in; "
                 f"the bridge refused {knocks} upgrades",
                 aim="0 in", reached=tried >= 40 and knocks >= 10
                 and not came_in, came_in=came_in[:5],
                 tries=[one["name"] for one in results])


def test_a_page_comes_in_where_the_door_is_gone(bridge, tmp_path):
    bridge.add_target("dev", [bridge.home / "nowhere"], onSave="always")
    with planted.defect("no-door"):
        info = bridge.start().info()
        with Browser(tmp_path / "browser", info) as browser:
            assert any(one["in"] for one in browser.results())

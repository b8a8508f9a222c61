"""A real Chromium with pages that try to come in, and tell how it went."""

import http.server
import json
import os
import signal
import subprocess
import tempfile
import threading
import time

from bridge import PATIENCE, wait_until
from test_door import port_of

# A name that the browser takes for 127.0.0.1, as a rebound one would be.
REBOUND = "evil.test"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync",
         f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1"]
# How long a page waits for one try, in ms.
TRY_MS = 3000

SCRIPT = """
const BRIDGE = %(port)d, TOKEN = %(token)s, NEXT = %(next)s, WAIT = %(wait)d;
const hosts = ['127.0.0.1', 'localhost', '[::1]', '%(rebound)s', '127.0.0.2',
               '0.0.0.0'];
const initialize = JSON.stringify({jsonrpc: '2.0', id: 1, method: 'initialize',
    params: {client: {name: 'page', version: '1'}, protocol: 1}});
const tries = [];
function attempt(name, work) { tries.push({name, work}); }

function socket(url, protocols) {
    return new Promise(done => {
        let one;
        try { one = protocols === undefined ? new WebSocket(url)
                                            : new WebSocket(url, protocols); }
        catch (e) { done({in: false, why: String(e)}); return; }
        one.onopen = () => { one.send(initialize); done({in: true}); };
        one.onmessage = m => done({in: true, why: m.data});
        one.onerror = one.onclose = () => done({in: false, why: 'closed'});
    });
}

/* Reading any answer is being in; an opaque one cannot be read. */
async function get(url, options) {
    const answer = await fetch(url, options);
    const text = await answer.text();
    return {in: answer.type !== 'opaque' || text.length > 0,
            why: answer.type + answer.status};
}

for (const host of hosts) {
    const at = host + ':' + BRIDGE;
    for (const protocols of [undefined, 'hotbridge.v1',
                             ['hotbridge.v1', TOKEN],
                             ['hotbridge.v1', 'Bearer.' + TOKEN]])
        attempt('ws ' + at + ' ' + protocols,
                () => socket('ws://' + at + '/', protocols));
    attempt('ws user ' + at, () => socket(
        'ws://Bearer:' + TOKEN + '@' + at + '/', 'hotbridge.v1'));
    attempt('ws query ' + at, () => socket(
        'ws://' + at + '/?token=' + TOKEN, 'hotbridge.v1'));
    attempt('fetch ' + at, () => get('http://' + at + '/'));
    attempt('fetch token ' + at, () => get('http://' + at + '/', {
        headers: {Authorization: 'Bearer ' + TOKEN}}));
}
for (const host of ['127.0.0.1', '%(rebound)s']) {
    const url = 'http://' + host + ':' + BRIDGE + '/';
    for (const mode of ['no-cors', 'same-origin', 'cors', 'navigate'])
        for (const method of ['GET', 'POST', 'OPTIONS'])
            attempt('fetch ' + [mode, method, host].join(' '), () => get(url, {
                mode, method, credentials: 'include',
                body: method === 'GET' ? undefined : initialize}));
    attempt('upgrade headers ' + host, () => get(url, {mode: 'no-cors',
        headers: {Upgrade: 'websocket', Connection: 'Upgrade', Origin: '',
                  'Sec-WebSocket-Protocol': 'hotbridge.v1'}}));
    attempt('xhr ' + host, () => new Promise(done => {
        const one = new XMLHttpRequest();
        one.open('GET', url);
        one.setRequestHeader('Authorization', 'Bearer ' + TOKEN);
        one.onload = () => done({in: true, why: one.responseText});
        one.onerror = () => done({in: false});
        one.send();
    }));
    attempt('events ' + host, () => new Promise(done => {
        const one = new EventSource(url, {withCredentials: true});
        one.onopen = one.onmessage = () => done({in: true});
        one.onerror = () => { one.close(); done({in: false}); };
    }));
    for (const kind of ['img', 'script', 'link', 'iframe'])
        attempt(kind + ' ' + host, () => new Promise(done => {
            const one = document.createElement(kind);
            one.onload = () => {
                let inner = null;
                try { inner = one.contentWindow.document.body.innerHTML; }
                catch (e) { /* another origin's */ }
                done({in: kind !== 'iframe' || !!inner, why: inner || ''});
            };
            one.onerror = () => done({in: false});
            if (kind === 'link') { one.rel = 'stylesheet'; one.href = url; }
            else one.src = url;
            document.body.appendChild(one);
        }));
    /* A sandboxed frame has the origin null. */
    attempt('null origin ' + host, () => new Promise(done => {
        const one = document.createElement('iframe');
        one.sandbox = 'allow-scripts';
        addEventListener('message', e => {
            if (e.data.host === host) done({in: e.data.in});
        });
        one.srcdoc = `<script>
            const s = new WebSocket('ws://${host}:${BRIDGE}/', 'hotbridge.v1');
            s.onopen = () => parent.postMessage({host: '${host}', in: true}, '*');
            s.onclose = () => parent.postMessage({host: '${host}', in: false}, '*');
        </` + `script>`;
        document.body.appendChild(one);
    }));
    attempt('worker ' + host, () => new Promise(done => {
        const one = new Worker(URL.createObjectURL(new Blob([
            `const s = new WebSocket('ws://${host}:${BRIDGE}/', 'hotbridge.v1');
             s.onopen = () => postMessage(true);
             s.onclose = () => postMessage(false);`])));
        one.onmessage = e => done({in: e.data});
    }));
}

async function run() {
    const results = await Promise.all(tries.map(async one => {
        let timer, result;
        const late = new Promise(done => {
            timer = setTimeout(done, WAIT, {in: false, why: 'no answer'});
        });
        try { result = await Promise.race([one.work(), late]); }
        catch (e) { result = {in: false, why: String(e)}; }
        clearTimeout(timer);
        return {name: location.host + ' > ' + one.name, ...result};
    }));
    await fetch('/results', {method: 'POST', body: JSON.stringify(results)});
    if (NEXT) location.href = NEXT;
}
run();
"""


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        found = self.path == "/"
        body = self.server.page(self.headers["Host"]).encode() if found else b""
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
        self.server.told.append(json.loads(body))

    def log_message(self, *unused):
        pass


class Server(http.server.ThreadingHTTPServer):
    """Serves the same page under three names, one after the other."""
    daemon_threads = True

    def __init__(self, info):
        super().__init__(("127.0.0.1", 0), Pages)
        self.info = info
        self.told = []
        port = self.server_address[1]
        self.names = [f"{host}:{port}" for host in
                      (REBOUND, "127.0.0.1", "localhost")]

    def page(self, host):
        at = self.names.index(host) + 1
        later = f"http://{self.names[at]}/" if at < len(self.names) else ""
        script = SCRIPT % {
            "port": port_of(self.info), "token": json.dumps(self.info["token"]),
            "next": json.dumps(later), "rebound": REBOUND, "wait": TRY_MS}
        return f"<!doctype html><body><script>{script}</script></body>"


class Browser:
    """with Browser(folder, info) as browser: browser.results()"""

    def __init__(self, folder, info):
        self.server = Server(info)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.folder = folder
        # It leaves them behind; their paths have to be short.
        self.sockets = tempfile.TemporaryDirectory()
        self.process = None

    def __enter__(self):
        self.thread.start()
        self.folder.mkdir()
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                ["chromium", *FLAGS, f"--user-data-dir={self.folder / 'data'}",
                 f"http://{self.server.names[0]}/"], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, "HOME": str(self.folder),
                     "TMPDIR": self.sockets.name})
        return self

    def results(self):
        """What all pages told."""
        wait_until(lambda: len(self.server.told) == len(self.server.names)
                   or self.process.poll() is not None,
                   "what the pages tell", 2 * PATIENCE)
        assert self.process.poll() is None, (self.folder / "log").read_text()
        return [one for page in self.server.told for one in page]

    def __exit__(self, *unused):
        # A group of its own: its helpers end with it.
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        self.sockets.cleanup()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive(), time.monotonic()

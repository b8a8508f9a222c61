"""Resident memory: after many deploys against after fewer, and against a Node
process that does nothing but hold one WebSocket."""

import json
import shutil
import subprocess

from grow import LARGE, MEMORY, resident, shared

ORDER = 22

# Only what Node itself has: its http client asks for the upgrade.
HOLD = """
const { url, token } = JSON.parse(process.argv[1]);
const request = require('http').request(url.replace('ws:', 'http:'), {
    headers: { Connection: 'Upgrade', Upgrade: 'websocket',
               'Sec-WebSocket-Version': '13',
               'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
               'Sec-WebSocket-Protocol': 'hotbridge.v1',
               Authorization: 'Bearer ' + token } });
request.on('upgrade', (answer, socket) => {
    socket.on('data', () => {});
    console.log('held');
});
request.end();
"""


def node_holding_a_socket(grown):
    """KiB, or None where there is no Node."""
    if shutil.which("node") is None:
        return None
    info = grown.bridge.info()
    process = subprocess.Popen(["node", "-e", HOLD, json.dumps(info)],
                               stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "held\n"
        return resident(process.pid)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def bench_memory(_):
    grown = shared(LARGE)
    first, last = (grown.resident[count] for count in MEMORY)
    what = (f"resident memory after {MEMORY[1]:,} deploys, against after "
            f"{MEMORY[0]:,}")
    growth = round(last / first, 3)
    results = [{"name": "growth", "figure": growth,
                "aim": 1.1, "what": what, "unit": "KiB", "runs": 1,
                "after": {str(count): size for count, size
                          in sorted(grown.resident.items())
                          if count in (*MEMORY, LARGE)}}]
    node = node_holding_a_socket(grown)
    if node is not None:
        against = round(last / node, 3)
        results.append({
            "name": "against Node", "figure": against,
            "aim": 0.5, "unit": "KiB", "runs": 1, "bridge": last,
            "node": node,
            "what": f"the bridge after {MEMORY[1]:,} deploys, against a Node "
            "process that holds one WebSocket"})
    return results

"""A message of 10 KB to the bridge and its answer, against the same through
Python's websockets, asked by the same client. Both parse the message as JSON
and answer that they know no such method."""

import contextlib
import json
import subprocess
import sys
import time

from figures import compare
from place import Place, WARM_UP
from stopwatch import Stopwatch

ORDER = 6
SIZE = 10 * 1024
SERVER = """
import asyncio, json, websockets
async def serve(socket, *unused):
    async for text in socket:
        message = json.loads(text)
        await socket.send(json.dumps({
            "jsonrpc": "2.0", "id": message["id"], "error": {
                "code": -32601,
                "message": "no such method: " + message["method"]}}))
async def main():
    async with websockets.serve(serve, "127.0.0.1", 0,
                                compression=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()
asyncio.run(main())
"""


@contextlib.contextmanager
def python_server():
    process = subprocess.Popen([sys.executable, "-c", SERVER],
                               stdout=subprocess.PIPE)
    try:
        port = int(process.stdout.readline())
        watch = Stopwatch(f"ws://127.0.0.1:{port}/")
        yield watch
        watch.close()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def round_trip(watch):
    frame, number = watch.request("bench/none", {"text": "x" * SIZE})
    begun = time.perf_counter()
    watch.send(frame)
    answer, came = watch.answer(number)
    assert answer["error"]["code"] == -32601, json.dumps(answer)
    return (came - begun) * 1000


def bench_roundtrip(rounds):
    ours, rival = [], []
    with Place() as place, python_server() as other:
        for number in range(rounds * 5 + WARM_UP):
            pair = round_trip(place.watch), round_trip(other)
            if number >= WARM_UP:
                ours.append(pair[0])
                rival.append(pair[1])
    return compare("", ours, rival, "ms", aim=0.8,
                   what="round trip of a message of 10 KB, against the same "
                   "through Python's websockets")

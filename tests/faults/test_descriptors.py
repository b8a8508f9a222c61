"""No descriptor is left: nobody is harmed, nothing spins, and all is well again
by itself."""

import contextlib
import resource
import socket
import time

import bridge as harness
import figures
from bridge import RpcError, wait_until
from env import Env
from light import Light
from modules import good as code
from raw import descriptors, percentile, processor

# More than there are descriptors for.
MANY = 2000


def exhaust(info, connected):
    """Connects, with the token, until nobody is let in any more."""
    for _ in range(MANY):
        try:
            connected.append(Light(info, patience=1))
        except OSError:
            return
    raise AssertionError("there is no end of descriptors")


def strangers_too(info, connected, count):
    for _ in range(count):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(("127.0.0.1", int(
            info["url"].rsplit(":", 1)[1].strip("/"))))
        connected.append(one)


@contextlib.contextmanager
def few(bridge, count):
    """The system grants the bridge no more than so many descriptors."""
    pid = bridge.process.pid
    former = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (count, former[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, former)


def truthful(env, source):
    """A deploy while nothing can be opened: what it says has to be so."""
    try:
        deploy = env.client.deploy("crm.py", source)
    except RpcError as error:
        assert error.reason in ("history", "internal", "busy"), error.reason
        return "refused"
    there = env.pickup_files("crm.py")[0]
    if deploy["outcome"] == "deployed":
        assert there.read_text() == source
    elif deploy["outcome"] in ("unreachable", "rejected", "cancelled"):
        assert not there.exists() or there.read_text() != source
    return deploy["outcome"]


def test_no_descriptor_is_left(tmp_path):
    with Env(tmp_path, "zato-3.2", servers=1) as env:
        bridge, info = env.bridge, env.bridge.info()
        pid = bridge.process.pid
        assert env.client.deploy("crm.py", code(1))["outcome"] == "deployed"
        inside = Light(info)
        connected = []
        # Half of them are kept for work, so it is clients that find none.
        with few(bridge, 2 * descriptors(pid) + 20):
            exhaust(info, connected)
            strangers_too(info, connected, 50)
            used = processor(pid)
            began = time.monotonic()
            trips = [inside.trip() for _ in range(100)]
            wait_until(lambda: time.monotonic() > began + 1, "a second")
            busy = (processor(pid) - used) / (time.monotonic() - began)
            said = truthful(env, code(22))
            for one in connected:
                one.close()
            # Well again without any word, though the limit stays.
            began = time.monotonic()
            wait_until(lambda: comes_in(info), "the door opens again")
            again = time.monotonic() - began
            deploy = env.client.deploy("crm.py", code(333))
        assert deploy["outcome"] == "deployed", deploy
        inside.close()
        env.bridge.git("fsck", "--full", "--strict")
    figures.tell(
        "descriptors", f"none left: a client's p99 "
        f"{percentile(trips, .99) * 1000:.1f} ms, {busy * 100:.0f}% of a "
        f"processor, a deploy: {said}; well again after {again:.2f} s",
        aim="recovers by itself, and does not spin meanwhile",
        reached=again <= 5 and busy < .5)


def comes_in(info):
    try:
        Light(info).close()
        return True
    except OSError:
        return False


def test_a_low_limit_leaves_room_for_work(tmp_path):
    """Started with few descriptors, it takes as many clients as leave enough
    for deploys."""
    program = tmp_path / "hotbridge"
    program.write_text(f'#!/bin/sh\nulimit -n 128\nexec "{harness.PROGRAM}" '
                       '"$@"\n')
    program.chmod(0o755)
    former, harness.PROGRAM = harness.PROGRAM, str(program)
    try:
        with Env(tmp_path, "zato-3.2", servers=1) as env:
            connected = []
            try:
                exhaust(env.bridge.info(), connected)
                assert len(connected) >= 16
                deploy = env.client.deploy("crm.py", code(1))
                assert deploy["outcome"] == "deployed", deploy
            finally:
                for one in connected:
                    one.close()
    finally:
        harness.PROGRAM = former

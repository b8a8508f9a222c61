"""Dead peers are noticed: a client that says nothing for half a minute is
asked by a ping, and given up when it does not answer. In the short form the
half minute is a jump of the bridge's clocks (libfaketime), in the whole one it
is waited for."""

import os
import select
import time

import pytest

import figures
import planted
from raw import connect
from test_clients import Light, gone
from test_clock import library
from test_door import frame

PING, HANGUP = 30, 45  # seconds, as docs/protocol.md has them
STEP = 5
PONG = 10


class Clocks:
    """Both clocks of the bridge: `after` is when so many seconds have gone by
    for it since it was made."""

    def __init__(self, bridge):
        self.bridge = bridge
        self.begun = time.monotonic()
        self.file = bridge.home / "clock"
        if not figures.FULL:
            self.set(0)
            bridge.environment.update(
                LD_PRELOAD=library(), FAKETIME_TIMESTAMP_FILE=str(self.file),
                FAKETIME_NO_CACHE="1", NO_FAKE_STAT="1", FAKE_UTIME="0")

    def set(self, seconds):
        new = self.file.with_suffix(".new")
        new.write_text(f"+{seconds}\n")
        os.replace(new, self.file)

    def after(self, seconds, *peers):
        """`peers` act meanwhile, and wake the bridge."""
        if not figures.FULL:
            self.set(seconds)
        deadline = self.begun + seconds
        while True:
            for peer in peers:
                peer.act()
            if not figures.FULL or time.monotonic() > deadline:
                break
            select.select([], [], [], .1)


class Peer(Light):
    """A client that has come in and then says nothing by itself."""

    def __init__(self, info, answers=True):
        super().__init__(info)
        self.answers = answers
        self.pings = 0
        self.gone = False

    def act(self):
        """Reads what has come, and answers pings, or does not."""
        while not self.gone:
            size = self.whole()
            if size is not None:
                kind, payload = self.data[0] & 0x0F, self.data[size[0]:size[1]]
                self.data = self.data[size[1]:]
                if kind == 9:
                    self.pings += 1
                    if self.answers:
                        self.socket.sendall(frame(payload, opcode=PONG))
            elif select.select([self.socket], [], [], 0)[0]:
                try:
                    part = self.socket.recv(65536)
                except ConnectionResetError:
                    part = b""
                self.data += part
                self.gone = not part
            else:
                return


def meet(bridge, seconds):
    """A dead peer, one that only answers, and one that only talks, so many
    seconds later."""
    bridge.add_target("dev", [bridge.home / "nowhere"], onSave="always")
    clocks = Clocks(bridge)
    info = bridge.start().info()
    dead, idle, talker = Peer(info, False), Peer(info), Peer(info, False)
    # A jump skips what it jumps over: none is longer than what is between a
    # ping and its end.
    for step in range(STEP, seconds + 1, STEP):
        clocks.after(step, dead, idle)
        assert talker.trip()  # the bridge has seen that time
        dead.act()
        idle.act()
    return dead, idle, talker


def test_a_dead_peer_is_given_up_and_an_idle_one_is_kept(bridge):
    dead, idle, talker = meet(bridge, 2 * HANGUP)
    try:
        assert dead.pings == 1 and dead.gone
        assert idle.pings >= 2 and not idle.gone
        assert idle.trip() and talker.trip()
    finally:
        for peer in (dead, idle, talker):
            peer.close()
    figures.tell(
        "pings", "a peer that answers no ping is given up after "
        f"{HANGUP} s; an idle one that answered {idle.pings} pings is served, "
        "and so is one that only talks", aim="given up, and nobody else is",
        reached=True)


def test_nobody_is_given_up_before_the_time(bridge):
    if figures.FULL:
        pytest.skip("the whole form waits for real seconds, once")
    dead, idle, talker = meet(bridge, HANGUP - STEP)
    assert not dead.gone and not idle.gone and talker.trip()
    assert dead.pings == 1 and idle.pings == 1
    for peer in (dead, idle, talker):
        peer.close()


def test_a_stranger_finds_a_bridge_at_rest_awake(bridge):
    """Its timers stand still while nobody is there, and not a moment longer."""
    bridge.add_target("dev", [bridge.home / "nowhere"], onSave="always")
    info = bridge.start().info()
    for _ in range(2):
        Light(info).close()
        with connect(info) as stranger:
            stranger.setblocking(False)
            assert gone([(stranger, time.monotonic())], 10) < [10]


def test_a_planted_deafness_is_caught(bridge):
    if figures.FULL:
        pytest.skip("the whole form waits for real seconds, once")
    with planted.defect("no-pings"):
        dead, *others = meet(bridge, 2 * HANGUP)
        assert not dead.gone and dead.pings == 0
        for peer in (dead, *others):
            peer.close()

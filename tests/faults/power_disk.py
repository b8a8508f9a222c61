"""Disks that tell what is done to them, and what a loss of power leaves.

A loop device lies on a file system of ours (power_disk.c) that holds nothing
but the image and notes each write and each flush, in order. `Log` reads that;
`Log.state()` makes the image of a loss of power: what was written before the
last flush that had ended, and of the rest as much as chance would have it.
Mounts are in a namespace of our own, and go with it.
"""

import bisect
import contextlib
import ctypes
import dataclasses
import os
import pathlib
import random
import shutil
import struct
import subprocess

import pytest

import planted
from bridge import end_with_us, wait_until

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS = 0x20000
MOUNT_NAMESPACE = "/proc/thread-self/ns/mnt"
ENTRY = struct.Struct("=IIQQ")
# What a disk writes whole.
SECTOR = 4096


@dataclasses.dataclass(frozen=True)
class Kind:
    """A file system, as it is made, checked and mounted."""

    name: str
    size: int
    make: tuple
    check: tuple
    options: str = "noatime"

    @property
    def system(self):
        return self.make[0].split(".")[1]


EXT4 = (64 << 20, (
    "mkfs.ext4", "-q", "-b", "4096", "-J", "size=4", "-E",
    "lazy_itable_init=0,lazy_journal_init=0"), ("e2fsck", "-fn"))
KINDS = {kind.name: kind for kind in (
    Kind("ext4", *EXT4),
    Kind("ext4-writeback", *EXT4, "noatime,data=writeback"),
    # As all were up to Linux 5.5.
    Kind("ext4-dioread-lock", *EXT4, "noatime,dioread_lock"),
    # No smaller one is made.
    Kind("xfs", 300 << 20, ("mkfs.xfs", "-q"), ("xfs_repair", "-n")),
    # Of this one the bridge takes nothing for granted.
    Kind("btrfs", 128 << 20, ("mkfs.btrfs", "-q"),
         ("btrfs", "check", "--readonly")),
)}

# It orders nothing, so that nothing is taken for granted there.
NO_JOURNAL = Kind("ext4-no-journal", 64 << 20, ("mkfs.ext4", "-q", "-O",
                                                "^has_journal"), ("e2fsck",))


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True,
                          text=True, check=False, timeout=120)
    assert done.returncode == 0, \
        f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout.strip()


def must(code):
    if code != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def needed(kind, fuse=True):
    """What is missing here for such a disk, or nothing; `fuse` to record it."""
    if os.geteuid() != 0:
        return "only root can mount a disk of its own"
    for path in ("/dev/loop-control", *(["/dev/fuse"] if fuse else [])):
        if not os.path.exists(path):
            return f"there is no {path}"
    for tool in (kind.make[0], "losetup", kind.check[0]):
        if not shutil.which(tool):
            return f"there is no {tool}"
    if kind.system not in pathlib.Path("/proc/filesystems").read_text().split():
        return f"the kernel has no {kind.system}"
    return None


@contextlib.contextmanager
def private_mounts():
    """What this thread mounts, and those that it starts, nobody else sees."""
    before = os.open(MOUNT_NAMESPACE, os.O_RDONLY | os.O_CLOEXEC)
    folder = os.getcwd()
    try:
        must(LIBC.unshare(CLONE_NEWNS))
    except OSError as error:
        os.close(before)
        pytest.skip(f"no mounts of our own: {error}")
    try:
        run("mount", "--make-rprivate", "/")
        yield
    finally:
        must(LIBC.setns(before, CLONE_NEWNS))
        os.close(before)
        os.chdir(folder)


@contextlib.contextmanager
def mounted(kind, file, folder, direct=False):
    """That image on that folder; the loop device goes with its mount, whatever
    becomes of us."""
    folder.mkdir(exist_ok=True)
    device = run("losetup", "-f", "--show",
                 f"--direct-io={'on' if direct else 'off'}", file)
    try:
        run("mount", "-t", kind.system, "-o", kind.options, device, folder)
    finally:
        run("losetup", "-d", device)  # once it is not in use any more
    try:
        yield
    finally:
        unmount(folder)


def unmount(folder):
    """At once, or when the last of a bridge's children is gone."""
    try:
        wait_until(lambda: subprocess.run(
            ["umount", folder], capture_output=True, check=False
        ).returncode == 0, f"umount {folder}")
    except AssertionError:
        subprocess.run(["umount", "-l", folder], check=False)
        raise


def make(kind, image):
    with open(image, "wb") as file:
        file.truncate(kind.size)
    run(*kind.make, image)
    return image


class Disk:
    """One of that kind below `place`, whose writes are logged while it is
    `recorded`."""

    def __init__(self, kind, place):
        self.kind = kind
        self.place = place
        self.base = make(kind, place / "base")
        self.log = place / "log"

    @contextlib.contextmanager
    def recorded(self, folder, seed):
        """Is mounted on that folder meanwhile."""
        image, point = self.place / "image", self.place / "point"
        copy(self.base, image)
        point.touch()
        process = subprocess.Popen(
            [planted.part("build/faults/power_disk"), image, point, self.log,
             str(seed)], stdout=subprocess.PIPE, text=True,
            preexec_fn=end_with_us())
        try:
            assert process.stdout.readline() == "ready\n"
            with mounted(self.kind, point, folder, direct=True):
                yield
            run("umount", point)
            assert process.wait(30) == 0
            # With nothing lost, the log is what lies on the image.
            Log(self).state(self.now(), "all", 0, self.place / "state")
            run("cmp", image, self.place / "state")
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
            subprocess.run(["umount", "-l", point], capture_output=True,
                           check=False)
            image.unlink()

    def now(self):
        """How much of the log there is: a place in it."""
        return self.log.stat().st_size

    def checked(self, image):
        """What a check of the file system says is wrong, or nothing."""
        done = subprocess.run([*self.kind.check, image], capture_output=True,
                              text=True, check=False, timeout=120)
        return None if done.returncode == 0 else done.stdout + done.stderr


def copy(source, target):
    """Holes stay holes."""
    run("cp", "--sparse=always", source, target)


@dataclasses.dataclass
class Write:
    offset: int
    data: bytes
    came: int
    done: float = float("inf")
    # From there on no loss of power takes it.
    durable: float = float("inf")


class Log:
    """A disk's log. A place in it is the end of an entry, in bytes."""

    def __init__(self, disk):
        self.disk = disk
        self.writes = []
        # Where something has arrived or ended: at each the power may go.
        self.places = []
        # Where flushes have ended.
        self.flushed = []
        self.read(disk.log.read_bytes())

    def read(self, text):
        under_way = {}
        flushes = []
        at = 0
        while at < len(text):
            kind, length, number, offset = ENTRY.unpack_from(text, at)
            at += ENTRY.size
            data = text[at:at + length]
            at += length
            self.places.append(at)
            if kind == ord("W"):
                under_way[number] = Write(offset, data, at)
                self.writes.append(under_way[number])
            elif kind == ord("w"):
                under_way.pop(number).done = at
            elif kind == ord("F"):
                under_way[number] = at
            else:
                flushes.append((under_way.pop(number), at))
                self.flushed.append(at)
        flushes.sort()
        # The first end among those that came then or later.
        ends = [end for _, end in flushes]
        for number in range(len(ends) - 2, -1, -1):
            ends[number] = min(ends[number], ends[number + 1])
        for write in self.writes:
            number = bisect.bisect([came for came, _ in flushes], write.done)
            if number < len(ends):
                write.durable = ends[number]

    def state(self, place, how, seed, image):
        """The image of a loss of power at that place. Of what no flush had
        ordered nothing is left, all, some writes, or some sectors."""
        dice = random.Random(f"{seed} {place} {how}")
        copy(self.disk.base, image)
        with open(image, "r+b") as file:
            for write in self.writes:
                if write.came > place:
                    continue
                if write.durable <= place:
                    parts = [(0, len(write.data))]
                else:
                    parts = list(left(write, how, dice))
                for begin, end in parts:
                    file.seek(write.offset + begin)
                    file.write(write.data[begin:end])


def left(write, how, dice):
    """(begin, end) of each part of a write that is on the disk by luck."""
    if how == "all" or (how == "some" and dice.random() < 0.5):
        yield 0, len(write.data)
    if how == "torn":
        for begin in range(0, len(write.data), SECTOR):
            if dice.random() < 0.5:
                yield begin, min(begin + SECTOR, len(write.data))

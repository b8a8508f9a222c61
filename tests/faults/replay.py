"""What a bridge did to a disk, call by call, and what a loss of power at each
of them could leave.

`record()` runs a bridge under strace, with the bytes of its writes. `Disk`
plays the calls back into a tree that can be written out as of any call.

The model with `ordered` (ext4 with data=ordered and no fast commits, and no
more than xfs promises either): names, sizes and links go through one journal,
in order; a crash keeps a prefix of them, at least up to the last fsync of
anything. An fdatasync of a file that did not grow brings no names along. Data
are written on their own time: what neither a flush nor sync_file_range with a
wait has written back before is missing (the file ends where it was durable),
is zeros, or is there by luck. The help that ext4 gives to files renamed over
others (auto_da_alloc) is not counted on.

The model without order: data last when their file was flushed. A name made,
moved or removed lasts when its folder was flushed after that, and the folder's
own name with it; each other change of a name is kept or lost by itself.
"""

import dataclasses
import os
import pathlib
import random
import re
import subprocess
import time

import bridge as harness
from bridge import wait_until

CALLS = ("openat", "openat2", "open", "creat", "write", "pwrite64", "writev",
         "rename", "renameat", "renameat2", "link", "linkat",
         "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "fsync",
         "fdatasync", "sync_file_range", "ftruncate", "truncate", "sendto")
# A call a second, all of them long ago.
STEP = 1
DAY = 24 * 3600
LINE = re.compile(r"^(\d+) +(.*)$")
CALL = re.compile(r"^(\w+)\((.*)\) += (-?\d+|\?)(.*)$", re.DOTALL)
RESUMED = re.compile(r"^<\.\.\. \w+ resumed>(.*)$")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
FD = re.compile(r"(\d+|AT_FDCWD)<([^>]*)>")


@dataclasses.dataclass
class Op:
    call: str
    path: str = ""
    to: str = ""
    data: bytes = b""
    offset: int | None = None
    flags: str = ""


def bytes_of(text):
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1")


def whole_lines(path):
    """Calls that were interrupted by those of other threads, put together;
    a call stands where it returned."""
    begun = {}
    with open(path, encoding="latin-1") as lines:
        for line in lines:
            match = LINE.match(line.rstrip("\n"))
            if not match:
                continue
            pid, text = match.groups()
            if text.endswith(" <unfinished ...>"):
                begun[pid] = text[:-len(" <unfinished ...>")]
                continue
            resumed = RESUMED.match(text)
            if resumed:
                text = begun.pop(pid, "") + resumed[1]
            yield text


def path_of(folder, name):
    return os.path.normpath(os.path.join(folder, name))


def parse(text):
    """An Op, or None where it changes nothing that is kept."""
    match = CALL.match(text)
    if not match or match[3] == "?" or int(match[3]) < 0:
        return None
    call, rest = match[1], match[2]
    strings = [bytes_of(one) for one in STRING.findall(rest)]
    fds = FD.findall(rest)
    names = [one.decode() for one in strings] if call not in (
        "write", "pwrite64", "sendto", "writev") else []
    at = [folder for _, folder in fds]
    if call == "sendto":
        return Op(call, data=strings[0] if strings else b"")
    if call in ("write", "pwrite64"):
        offset = int(rest.rsplit(",", 1)[1]) if call == "pwrite64" else None
        return Op("write", at[0] if at else "", data=strings[0] if strings
                  else b"", offset=offset)
    if call in ("open", "openat", "openat2", "creat"):
        opened = FD.search(match[3] + match[4])
        return Op("open", opened[2] if opened else "", flags=rest)
    if call in ("rename", "link"):
        return Op(call, names[0], names[1])
    if call in ("renameat", "renameat2", "linkat"):
        return Op("link" if call == "linkat" else "rename",
                  path_of(at[0], names[0]), path_of(at[1], names[1]),
                  flags=rest)
    if call in ("mkdir", "unlink", "rmdir"):
        return Op(call, names[0])
    if call in ("mkdirat", "unlinkat"):
        return Op(call[:-2], path_of(at[0], names[0]))
    if call in ("fsync", "fdatasync", "sync_file_range"):
        return Op(call, at[0], flags=rest)
    if call == "ftruncate":
        return Op(call, at[0], offset=int(rest.rsplit(",", 1)[1]))
    return Op(call, at[0] if at else names[0] if names else "")


def record(bridge, output):
    """Starts that bridge under strace; the calls are in `output` when it has
    ended."""
    reading, writing = os.pipe()
    with open(bridge.log, "ab") as log:
        bridge.process = subprocess.Popen(
            ["strace", "-D", "-f", "--seccomp-bpf", "-y", "-s", "1000000",
             "-o", output, "-e", "trace=" + ",".join(CALLS), harness.PROGRAM,
             "daemon", "--ready-fd", str(writing)], env=bridge.environment,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            pass_fds=[writing], preexec_fn=harness.end_with_us())
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert pipe.readline().strip() == "ready", bridge.log.read_text()


def read_ops(output, root):
    """The calls on what lies below root, and what was sent."""
    last = output.stat().st_size
    wait_until(lambda: "+++ exited" in tail(output) and
               output.stat().st_size >= last, "the end of the trace")
    ops = []
    for text in whole_lines(output):
        op = parse(text)
        if op and (op.call == "sendto" or op.path.startswith(f"{root}/")):
            op.path = os.path.relpath(op.path, root) if op.path else ""
            op.to = os.path.relpath(op.to, root) if op.to else ""
            ops.append(op)
    return ops


def tail(path):
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - 4096))
        return file.read().decode("latin-1")


class File:
    """Bytes, and which of them a flush has reached."""

    def __init__(self):
        self.data = b""
        self.durable = b""
        self.at = 0
        self.changed = 0

    def left(self, how, dice):
        if self.data == self.durable or how == "luck":
            return self.data
        if how == "mixed":
            return self.left(dice.choice(["luck", "missing", "zeros"]), dice)
        if how == "missing":
            return self.durable
        kept = self.durable[:len(self.data)]
        return kept + b"\0" * (len(self.data) - len(kept))


class Disk:
    """Names and files as the calls leave them."""

    def __init__(self):
        self.names = {}
        self.folders = set()
        self.clock = time.time() - DAY

    def play(self, op):
        names = self.names
        self.clock += STEP
        if op.call == "open" and "O_CREAT" in op.flags:
            file = names.get(op.path)
            if file is None:
                file = names[op.path] = File()
            elif "O_TRUNC" in op.flags:
                file.data = b""
            file.at = 0
            file.changed = self.clock
        elif op.call == "write" and op.path in names:
            file = names[op.path]
            at = file.at if op.offset is None else op.offset
            file.data = (file.data[:at].ljust(at, b"\0") + op.data +
                         file.data[at + len(op.data):])
            file.at = at + len(op.data)
            file.changed = self.clock
        elif op.call == "ftruncate" and op.path in names:
            names[op.path].data = names[op.path].data[:op.offset]
        elif op.call in ("fsync", "fdatasync") or (
                op.call == "sync_file_range" and "WAIT_AFTER" in op.flags):
            if op.path in names:
                names[op.path].durable = names[op.path].data
        elif op.call == "mkdir":
            self.folders.add(op.path)
        else:
            self.play_name(op)

    def play_name(self, op):
        names = self.names
        if op.call == "link" and op.path in names:
            names[op.to] = names[op.path]
        elif op.call == "rename" and "EXCHANGE" in op.flags:
            if op.path in names and op.to in names:
                names[op.path], names[op.to] = names[op.to], names[op.path]
        elif op.call == "rename" and op.path in names:
            names[op.to] = names.pop(op.path)
        elif op.call == "unlink":
            names.pop(op.path, None)
        elif op.call in ("writev", "truncate", "rmdir"):
            raise AssertionError(f"the model does not know {op}")

    def write_out(self, root, how="luck", seed=0, below=""):
        dice = random.Random(seed)
        root = pathlib.Path(root)
        for folder in sorted(self.folders):
            if not f"{folder}/".startswith(below):
                continue
            (root / folder).mkdir(parents=True, exist_ok=True)
        left = {}
        for name, file in sorted(self.names.items()):
            if not name.startswith(below):
                continue
            if id(file) not in left:
                left[id(file)] = file.left(how, dice)
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(left[id(file)])
            os.utime(path, (file.changed, file.changed))


def ordered(ops, cut, names=None):
    """The disk of a crash at that call, which keeps what ops[:names] did to
    names; all of ops[:cut] if it is not given."""
    disk = Disk()
    for op in ops[:cut if names is None else names]:
        disk.play(op)
    if names is not None:
        kept = dict(disk.names), set(disk.folders)
        for op in ops[names:cut]:
            disk.play(op)
        disk.names, disk.folders = kept
    return disk


def last_names(ops, cut):
    """Up to where names are kept at least."""
    return max((number for number in range(cut)
                if ops[number].call == "fsync"), default=0)


class Change:
    """What a call does to names: which go, and which come."""

    def __init__(self, number, before, after, folders):
        self.number = number
        self.gone = [name for name in before if name not in after]
        self.come = {name: file for name, file in after.items()
                     if before.get(name) is not file}
        self.folders = folders
        self.parents = {os.path.dirname(name)
                        for name in [*self.gone, *self.come]}


def changes_of(ops, cut):
    """Every change of names before the cut, and the disk at the cut."""
    disk = Disk()
    changes = []
    for number, op in enumerate(ops[:cut]):
        before, folders = dict(disk.names), set(disk.folders)
        disk.play(op)
        if before != disk.names or folders != disk.folders:
            changes.append(Change(number, before, disk.names,
                                  disk.folders - folders))
    return changes, disk


def unordered(ops, cut, seed):
    """The disk of a crash at that call where nothing orders names but the
    flush of their folder."""
    dice = random.Random(seed)
    flushes = [(number, op.path) for number, op in enumerate(ops[:cut])
               if op.call == "fsync"]
    changes, disk = changes_of(ops, cut)
    left = Disk()
    for change in changes:
        since = {path for number, path in flushes if number > change.number}
        lasts = bool(change.parents & since) or any(
            path == folder or path.startswith(f"{folder}/")
            or path == os.path.dirname(folder)
            for folder in change.folders for path in since)
        if not lasts and dice.random() < 0.5:
            continue
        left.folders |= change.folders
        for name in change.gone:
            left.names.pop(name, None)
        left.names.update(change.come)
    lost = disk.folders - left.folders
    for name in list(left.names):
        if any(name.startswith(f"{folder}/") for folder in lost):
            del left.names[name]
    return left


def told_before_next_flush(ops, cut):
    """How far the bridge may have come by then: everything up to the return
    of the next flush, which would have kept more."""
    for number in range(cut, len(ops)):
        if ops[number].call in ("fsync", "fdatasync"):
            return number
    return len(ops)

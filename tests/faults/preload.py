"""A library in front of the C library, in which calls fail when they are told
to: failfiles.c and failmalloc.c. Both are driven through a file that is mapped
here and there."""

import mmap
import pathlib
import struct

import planted

HERE = pathlib.Path(__file__).resolve().parent
# Which calls are counted, how many there were, which of them fails, and how
# many failed.
CONTROL = struct.Struct("=QQQQ")
WHICH = struct.Struct("=Q")


class Preload:
    def __init__(self, name, folder):
        self.library = planted.ROOT / "build" / f"{name}.so"
        planted.made(name, ["cc", "-O1", "-g", "-shared", "-fPIC", "-Wall",
                            "-Wextra", "-Werror", "-o", self.library,
                            HERE / f"{name}.c", "-ldl"])
        self.path = folder / "control"
        self.path.write_bytes(bytes(mmap.PAGESIZE))
        with open(self.path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), mmap.PAGESIZE)

    def environment(self, **more):
        return {"LD_PRELOAD": str(self.library), "HB_FAIL_FILE": str(self.path),
                "ASAN_OPTIONS": "verify_asan_link_order=0", **more}

    def arm(self, which, number):
        """Counts those calls; that one fails (0: none does)."""
        CONTROL.pack_into(self.memory, 0, 0, 0, number, 0)
        WHICH.pack_into(self.memory, 0, which)

    def disarm(self):
        """Gives how many were counted, and how many failed."""
        WHICH.pack_into(self.memory, 0, 0)
        _, counted, _, failed = CONTROL.unpack_from(self.memory)
        return counted, failed

"""The disk that the benches use: one that flushes in order, as most machines
have. Where the folder of temporary files lies on another (an ext4 without a
journal, an overlay of containers), and we are root, it is an ext4 of our own
on a loop device, in a private mount namespace that takes it along when it
ends. Elsewhere it is the folder of temporary files, whatever it lies on."""

import os
import pathlib
import subprocess
import sys
import tempfile

GIVEN = "HOTBRIDGE_BENCH_DISK"
SIZE = 4 << 30  # of a sparse file


def kind(folder):
    """(file system, kernel's name of the device) of a folder."""
    device = os.stat(folder).st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    for text in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        if text.split()[2] == number:
            link = pathlib.Path("/sys/dev/block") / number
            return text.split(" - ")[1].split()[0], \
                link.resolve().name if link.exists() else ""
    return "unknown", ""


def has_journal(folder):
    system, device = kind(folder)
    options = pathlib.Path(f"/proc/fs/ext4/{device}/options")
    return system == "xfs" or (system == "ext4" and options.exists() and
                               "\ndata=" in options.read_text())


def describe(folder):
    system, device = kind(folder)
    if system == "ext4" and not has_journal(folder):
        system += " without a journal"
    return system + (" on a loop device" if device.startswith("loop") else "")


def folder():
    return os.environ.get(GIVEN) or tempfile.gettempdir()


def enter():
    """Called first by a program; may start it again in a namespace."""
    if GIVEN in os.environ or has_journal(tempfile.gettempdir()) or \
            os.geteuid() != 0:
        return
    os.environ[GIVEN] = ""
    try:
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private",
                              sys.executable, *sys.argv])
    except OSError:
        return


def mount():
    """In the namespace: the disk is made; its folder is given to all."""
    if os.environ.get(GIVEN) != "":
        return
    del os.environ[GIVEN]
    place = tempfile.mkdtemp(prefix="hotbridge-disk-")
    image = pathlib.Path(place + ".img")
    try:
        with open(image, "wb") as file:
            file.truncate(SIZE)
        for command in (["mkfs.ext4", "-q", "-m", "0", "-E",
                         "lazy_itable_init=0,lazy_journal_init=0", image],
                        ["mount", "-o", "loop,noatime", image, place]):
            subprocess.run(command, check=True, capture_output=True)
        os.environ[GIVEN] = place
    except (OSError, subprocess.CalledProcessError) as problem:
        print(f"no disk of our own ({problem}): {describe(folder())}")
        os.rmdir(place)
    finally:
        image.unlink()  # what is mounted stays until the namespace ends


def leave():
    place = os.environ.pop(GIVEN, "")
    if place:
        subprocess.run(["umount", place], check=True, capture_output=True)
        os.rmdir(place)

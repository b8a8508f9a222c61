"""A file that one process at a time holds."""
import contextlib
import fcntl
import os


@contextlib.contextmanager
def held(path):
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)

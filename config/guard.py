"""Ends its process group when the supervisor is gone, however that happened.

Started as a script of its own (no imports of the project, a few megabytes). Standard input is a
pipe whose other end only the supervisor holds: the kernel closes it even after `kill -9`.
"""

import os
import signal
import sys
import time

GRACE = 2.0  # seconds between asking and killing


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while os.read(sys.stdin.fileno(), 64):
        pass
    group = os.getpgid(0)
    os.killpg(group, signal.SIGTERM)
    time.sleep(GRACE)
    os.killpg(group, signal.SIGKILL)  # itself too


if __name__ == "__main__":
    main()

"""No process outlives the one that started it.

Linux tells a child of its parent's death by itself; elsewhere, and for whatever a child started,
`config/guard.py` ends the whole process group.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def _load() -> Callable[..., int] | None:
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = (ctypes.c_int, *(ctypes.c_ulong,) * 4)
    return prctl


# Loaded before any fork: between fork and exec nothing may allocate or take a lock.
_prctl = _load()


def die_with(parent: int) -> None:
    """Called in a child just forked: be told to stop (SIGTERM) when `parent` is gone."""
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above
            os.kill(os.getpid(), signal.SIGTERM)

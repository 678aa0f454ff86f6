"""What stands in files that no compiler reads: locks, containers, environment, layout."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from config import bootstrap, translations

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ENV_EXAMPLE = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def committed() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("Not a git checkout: nothing to tell committed files by.")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


# -- Locks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_locks_hold_versions_and_hashes_and_no_addresses(name):
    requirement = re.compile(r"[\w.-]+(\[[\w, -]+\])?==[\w.+]+( ; [^\\]+)? \\")
    for line in (ROOT / name).read_text().splitlines():
        assert requirement.fullmatch(line) or re.fullmatch(
            r"    --hash=sha256:[0-9a-f]{64}( \\)?", line
        ), line


def test_every_dependency_is_locked():
    def names(requirements):
        return {re.match(r"[\w-]+", text)[0].lower() for text in requirements}

    def locked(name):
        return set(re.findall(r"^([\w-]+)", (ROOT / name).read_text(), re.MULTILINE))

    run = names(PROJECT["project"]["dependencies"])
    dev = names(PROJECT["project"]["optional-dependencies"]["dev"])
    assert run <= locked("requirements.txt")
    assert run | dev <= locked("requirements-dev.txt")


def test_both_locks_name_the_same_versions():
    def versions(name):
        return set(re.findall(r"^([\w.-]+\S*==\S+)", (ROOT / name).read_text(), re.MULTILINE))

    assert versions("requirements.txt") <= versions("requirements-dev.txt")


def test_no_committed_file_names_an_index_host_or_a_local_path():
    wanted = re.compile(
        r"--(?:extra-)?index-url|--find-links|" + "file:" + r"//|https?://[^\s/]+/(?:\S+/)?simple\b"
    )
    kinds = {".txt", ".toml", ".cfg", ".yml", ".yaml", ".json", ".lock", ".in", ""}
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in committed()
        if path.suffix in kinds and path.stat().st_size < 2_000_000
        if (match := wanted.search(path.read_text(errors="ignore")))
    ]
    assert found == []


def test_nothing_that_make_run_writes_is_committed():
    names = {str(path.relative_to(ROOT)) for path in committed()}
    assert not [name for name in names if name.endswith((".mo", ".sqlite3")) or name == ".env"]


# -- Environment -----------------------------------------------------------------------------------


def names_read() -> set[str]:
    reading = re.compile(
        r"""(?:env\.(?:str|bool|int|list|json|email|db_url)\(|_key\(|environ\.(?:get|pop)\()\s*["']([A-Z_]+)["']"""
    )
    return {
        name
        for path in (ROOT / "config").glob("*.py")
        for name in reading.findall(path.read_text())
    }


def test_env_example_holds_every_name_and_no_other():
    told_by_the_program_itself = {"VEREDA_WELCOME"}
    of_compose = {"VEREDA_DOMAIN", "VEREDA_VERSION"}
    assert names_read() - told_by_the_program_itself == ENV_EXAMPLE - of_compose


# -- Containers ------------------------------------------------------------------------------------


def test_compose_names_only_services_that_exist():
    for name, service in SERVICES.items():
        for other in service.get("depends_on", {}):
            assert other in SERVICES, f"{name} depends on {other}"


def test_compose_waits_only_for_services_that_tell_their_health():
    for service in SERVICES.values():
        for other, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other]


def test_compose_names_only_volumes_networks_and_files_that_exist():
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (
                (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]
            )
        assert set(service.get("networks", [])) <= set(COMPOSE["networks"])
        for file in service.get("env_file", []):
            assert (ROOT / file).exists()


def test_compose_and_its_writer_name_the_same_secrets():
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    files = {Path(secret["file"]).name for secret in COMPOSE["secrets"].values()}
    assert used == set(COMPOSE["secrets"]) == files == set(bootstrap.compose_secrets())


def test_compose_mounts_the_secrets_that_its_environment_names():
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if name.endswith("_FILE"):
                assert Path(value).name in service["secrets"], name


def test_compose_asks_only_for_names_of_env_example():
    wanted = set(re.findall(r"(?<!\$)\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    assert wanted <= ENV_EXAMPLE


def test_the_applications_environment_in_compose_is_read_by_somebody():
    for name in ("web", "worker", "beat", "migrate"):
        given = {key.removesuffix("_FILE") for key in SERVICES[name]["environment"]}
        assert given <= names_read()


def test_the_caddyfile_asks_only_for_what_compose_gives():
    wanted = set(re.findall(r"\{\$(\w+)", (ROOT / "deploy/Caddyfile").read_text()))
    assert wanted <= set(SERVICES["proxy"]["environment"])


def test_the_image_does_not_run_as_root_and_installs_by_hash():
    stages = (ROOT / "Dockerfile").read_text().split("\nFROM ")[1:]
    assert "--require-hashes" in stages[0]
    assert "\nUSER vereda\n" in stages[-1]


def test_the_image_holds_no_secrets_of_this_machine():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {".env", "var", "secrets", ".git"} <= set(ignored)


# -- Layout ----------------------------------------------------------------------------------------


def own_apps() -> set[str]:
    return {
        path.parent.name
        for path in ROOT.glob("*/__init__.py")
        if path.parent.name not in ("tests", "benchmarks")
    }


def test_every_package_has_its_place_in_the_chain():
    linter = PROJECT["tool"]["importlinter"]
    chain = next(c for c in linter["contracts"] if c["id"] == "chain")["layers"]
    assert own_apps() == set(chain) == set(linter["root_packages"])


def test_every_package_is_typed_and_searched_for_messages():
    assert own_apps() == set(PROJECT["tool"]["mypy"]["files"]) == set(translations.APPS)


def test_the_admin_site_is_not_installed():
    assert not [app for app in settings.INSTALLED_APPS if "admin" in app]


# -- The commands of the images --------------------------------------------------------------------


def in_a_container(folder: Path) -> dict[str, str]:
    """The environment that compose gives, with its secrets in files."""
    bootstrap.write_compose_secrets(folder / "secrets")
    given: dict[str, str] = SERVICES["web"]["environment"] | COMPOSE["x-app"]["environment"]
    domain = re.compile(r"\$\{(VEREDA_DOMAIN|\w+:-)([^}]*)\}")
    environment = {
        name: domain.sub(lambda m: "vereda.example" if m[1][-1] == "N" else m[2], value).replace(
            "/run/secrets", str(folder / "secrets")
        )
        for name, value in given.items()
    }
    return {"PATH": os.environ["PATH"], "VEREDA_ENV_FILE": os.devnull} | environment


def run_in_a_container(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    python = Path(sys.executable).parent
    return subprocess.run(
        [python / command[0], *command[1:]],
        cwd=ROOT,
        env=in_a_container(folder),
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_web_command_of_compose_finds_its_settings(tmp_path):
    command = SERVICES["web"]["command"]
    done = run_in_a_container(tmp_path, command[0], "--check-config", *command[1:])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_the_commands_of_worker_and_beat_are_understood(tmp_path, name):
    done = run_in_a_container(tmp_path, *SERVICES[name]["command"], "--help")
    assert done.returncode == 0, done.stderr


def test_an_installation_in_containers_passes_djangos_deployment_check(tmp_path):
    done = run_in_a_container(
        tmp_path, "python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"
    )
    assert done.returncode == 0, done.stderr

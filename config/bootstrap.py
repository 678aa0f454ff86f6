"""What `make run` does after the installation, and the secrets of a fresh `.env`.

python -m config.bootstrap env       write .env with fresh secrets, if there is none
python -m config.bootstrap secrets   print fresh secrets, for checks that need some
python -m config.bootstrap run       prepare database, texts and files, then start the stack
"""

import base64
import contextlib
import os
import secrets
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
ENV_FILE = BASE_DIR / ".env"
KEYS = ("VEREDA_MASTER_KEY", "VEREDA_INDEX_KEY", "VEREDA_LOG_KEY")


def fresh_secrets() -> dict[str, str]:
    key = {name: base64.b64encode(secrets.token_bytes(32)).decode() for name in KEYS}
    return {"SECRET_KEY": secrets.token_urlsafe(48), **key}


def demonstration() -> dict[str, str]:
    """Reached without TLS from a phone in the same network, with invented people only."""
    password = os.environ.get("VEREDA_DEMO_PASSWORD") or "-".join(
        secrets.token_hex(2) for _ in range(3)
    )
    return {
        "VEREDA_DEMO": "1",
        "VEREDA_DEMO_PASSWORD": password,
        "VEREDA_PLAIN_HTTP": "1",
        "VEREDA_HOST": "0.0.0.0",  # noqa: S104 - see above
        "ALLOWED_HOSTS": "*",
    }


def write_env(path: Path = ENV_FILE) -> bool:
    """Written once, readable by its owner only. Losing it means losing every sealed field."""
    lines = [f"{name}={value}" for name, value in (fresh_secrets() | demonstration()).items()]
    head = "# A demonstration, written by `make run`. .env.example explains every name.\n"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w") as file:
        file.write(head + "\n".join(lines) + "\n")
    return True


def compose_secrets() -> dict[str, str]:
    """One file each, as docker-compose.yml names them."""
    password = secrets.token_urlsafe(24)
    return {
        **{name.removeprefix("VEREDA_").lower(): text for name, text in fresh_secrets().items()},
        "postgres_password": password,
        "database_url": f"postgres://vereda:{password}@db:5432/vereda",
    }


def write_compose_secrets(folder: Path = BASE_DIR / "secrets") -> None:
    # The files are readable by all, because containers run as somebody else; the folder is not.
    folder.mkdir(mode=0o700)
    for name, text in compose_secrets().items():
        (folder / name).write_text(text)


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    begun = time.monotonic()
    print(f"{name} …", end=" ", flush=True)
    yield
    print(f"{time.monotonic() - begun:.1f} s", flush=True)


def prepare() -> None:
    """Safe to run at every start; what is there already costs a few seconds at most."""
    import django  # noqa: PLC0415 - the settings exist only now
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    from config import translations  # noqa: PLC0415

    with step("Texts"):
        translations.compile_all()
    django.setup()
    with step("Database and reference lists"):
        call_command("migrate", verbosity=0, interactive=False)
    with step("Style sheets and scripts"):
        # The stylesheets of DRF belong to its browsable pages, which are off.
        call_command(
            "collectstatic", verbosity=0, interactive=False, ignore_patterns=["rest_framework"]
        )
    if settings.VEREDA_DEMO:
        load_demonstration()


def load_demonstration() -> None:
    from django.core.management import call_command  # noqa: PLC0415

    from demo import loading  # noqa: PLC0415

    for scenario in loading.SCENARIOS:
        if not loading.is_loaded(scenario):
            call_command("load_scenario", scenario)
    call_command("load_scenario", live_day=True)


def welcome(host: str, port: int) -> str:
    """Printed by the supervisor once the web server answers."""
    from django.conf import settings  # noqa: PLC0415

    lines = ["", f"Vereda is ready: http://localhost:{port}/"]
    address = own_address()
    if host == "0.0.0.0" and address:  # noqa: S104 - compared, not bound
        lines.append(f"From a phone in the same network: http://{address}:{port}/")
    if settings.VEREDA_DEMO:
        from demo.world import ACCOUNTS, DOMAIN  # noqa: PLC0415

        password = settings.VEREDA_DEMO_PASSWORD
        lines += ["", f"Demonstration accounts, all with the password {password}"]
        lines += [f"  {name}@{DOMAIN}" for name, *_ in ACCOUNTS]
    return "\n".join([*lines, "", "Ctrl-C stops it.", ""])


def own_address() -> str | None:
    """This machine's address in its network; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


def run() -> None:
    import environ  # noqa: PLC0415 - installed only after `.env` may have been written

    from config import supervisor  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    environ.Env.read_env(os.environ.get("VEREDA_ENV_FILE", ENV_FILE))
    try:
        # Before the minute that the first start takes, not after it.
        place = supervisor.Place.from_environment()
        place.listen().close()
        supervisor.make_writable(place.state_dir)
        supervisor.hold_lock(place.state_dir).close()
    except supervisor.CannotStart as problem:
        sys.exit(str(problem))
    prepare()
    os.environ["VEREDA_WELCOME"] = welcome(place.host, place.port)
    # A new program: what the preparation loaded must not stay in memory.
    os.execv(sys.executable, [sys.executable, "-m", "config.supervisor"])


def main(arguments: list[str]) -> None:
    match arguments:
        case ["env"]:
            if write_env():
                print("Wrote .env with fresh secrets.")
        case ["secrets"]:
            print(" ".join(f"{name}={value}" for name, value in fresh_secrets().items()))
        case ["compose"]:
            write_compose_secrets()
            print("Wrote ./secrets. Keep a copy apart from the backups of the database.")
        case ["run"]:
            run()
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])

"""The settings of a test run, made before anything reads them: nothing comes from a local .env.

DATABASE_URL and REDIS_URL are taken from the environment when given; all else is fixed here.
"""

import atexit
import base64
import os
import shutil
import tempfile
import uuid
from pathlib import Path

import django

_RUN = tempfile.mkdtemp(prefix="vereda-test-")
atexit.register(shutil.rmtree, _RUN, ignore_errors=True)
(Path(_RUN) / "static").mkdir()  # WhiteNoise warns where there is none


def _key(letter: bytes) -> str:
    return base64.b64encode(letter * 32).decode()


os.environ.update(
    DJANGO_SETTINGS_MODULE="config.settings",
    # Playwright keeps an event loop in the thread that runs the tests.
    DJANGO_ALLOW_ASYNC_UNSAFE="1",
    VEREDA_ENV_FILE=os.devnull,
    VEREDA_STATE_DIR=_RUN,
    SECRET_KEY="only-for-tests-only-for-tests-only-for-tests-only-for",
    VEREDA_MASTER_KEY=_key(b"m"),
    VEREDA_INDEX_KEY=_key(b"i"),
    VEREDA_LOG_KEY=_key(b"l"),
    VEREDA_DEMO="1",
    VEREDA_DEMO_PASSWORD="a footpath by the river",
    VEREDA_PLAIN_HTTP="1",
    ALLOWED_HOSTS="localhost,127.0.0.1,testserver",
    STATICFILES_BACKEND="django.contrib.staticfiles.storage.StaticFilesStorage",
    TIME_ZONE="America/Mexico_City",
    LOG_LEVEL="INFO",
    # The suite must pass in the evening and on a Sunday too; what depends on hours sets them.
    CENTRE_WEEKDAYS="0,1,2,3,4,5,6",
    CENTRE_HOURS="00:00,23:59:59.999999",
    # Asking every few seconds would add a statement to whichever page is just being counted.
    TERMINOLOGY_REFRESH_SECONDS="3600",
)

django.setup()

from django.conf import settings  # noqa: E402 - only now is it complete

from config.celery import app as celery  # noqa: E402

_database = settings.DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    # A file, because the live server and the races open connections of their own.
    _database.setdefault("TEST", {})["NAME"] = str(Path(_RUN) / "test.sqlite3")
    _database["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
else:
    # A pool would hold connections to the test database that must be dropped at the end.
    _database["OPTIONS"].pop("pool", None)

# The real one takes tens of milliseconds on purpose.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Nobody takes the messages of a test run: where there is a Redis they lie in a queue of their own.
celery.conf.update(task_default_queue=f"test-{uuid.uuid4()}")
if not settings.REDIS_URL:
    celery.conf.update(broker_url="memory://")

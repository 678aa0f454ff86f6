"""One settings file: places differ by environment values only (`.env.example` lists them all)."""

import base64
from pathlib import Path
from typing import Any
from urllib.parse import quote

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import generics
from config.broker import socket_path

generics.make_subscriptable()

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.FileAwareEnv()
environ.Env.read_env(env.str("VEREDA_ENV_FILE", default=str(BASE_DIR / ".env")))


def _key(name: str) -> bytes:
    """A 32-byte secret, given in base64. There is no default: a missing key is an error."""
    try:
        value = base64.b64decode(env.str(name), validate=True)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be 32 bytes in base64") from error
    if len(value) != 32:
        raise ImproperlyConfigured(f"{name} must be 32 bytes in base64")
    return value


# -- Secrets ---------------------------------------------------------------------------------
SECRET_KEY = env.str("SECRET_KEY")
VEREDA_MASTER_KEY = _key("VEREDA_MASTER_KEY")  # wraps the data keys of people
VEREDA_INDEX_KEY = _key("VEREDA_INDEX_KEY")  # blind index of names and phones
VEREDA_LOG_KEY = _key("VEREDA_LOG_KEY")  # chain of the access log, payload marks

# -- Place -----------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
VEREDA_DEMO = env.bool("VEREDA_DEMO", default=False)
# One password for every demonstration account; without it they cannot sign in.
VEREDA_DEMO_PASSWORD = env.str("VEREDA_DEMO_PASSWORD", default="")
# Plain HTTP from a phone in the same network: for the demonstration only, never by default.
VEREDA_PLAIN_HTTP = env.bool("VEREDA_PLAIN_HTTP", default=False)
VEREDA_STATE_DIR = Path(env.str("VEREDA_STATE_DIR", default=str(BASE_DIR / "var")))

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "config",
    "accounts",
    "terminology",
    "partners",
    "patients",
    "consultations",
    "referrals",
    "desk",
    "reports",
]
if VEREDA_DEMO:
    INSTALLED_APPS.append("demo")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.session_limits",
    "accounts.middleware.own_language",
    "accounts.middleware.private_pages",
    "accounts.middleware.Policy",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.page",
            ],
            "builtins": ["django.templatetags.i18n", "accounts.templatetags.ui"],
        },
    }
]
FORM_RENDERER = "accounts.renderers.FormRenderer"

# -- Database: SQLite by default, PostgreSQL by DATABASE_URL -----------------------------------
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url(
        "DATABASE_URL", default=f"sqlite:///{VEREDA_STATE_DIR / 'vereda.sqlite3'}"
    )
}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Without WAL and IMMEDIATE more than half of concurrent writes are lost as "locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;"
            "PRAGMA temp_store=MEMORY;"
        ),
    }
else:
    DATABASES["default"]["OPTIONS"] = {
        "pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL", default=8)},
        "options": (
            f"-c statement_timeout={env.int('DATABASE_STATEMENT_TIMEOUT_MS', default=30000)}"
            f" -c lock_timeout={env.int('DATABASE_LOCK_TIMEOUT_MS', default=10000)}"
            " -c idle_in_transaction_session_timeout=60000"
        ),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- Sign-in -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.EmailBackend"]
PASSWORD_HASHERS = ["accounts.hashers.FieldArgon2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "/"
SIGN_IN_WINDOW_MINUTES = env.int("SIGN_IN_WINDOW_MINUTES", default=15)
SIGN_IN_ATTEMPTS_PER_ACCOUNT = env.int("SIGN_IN_ATTEMPTS_PER_ACCOUNT", default=6)
SIGN_IN_ATTEMPTS_PER_ADDRESS = env.int("SIGN_IN_ATTEMPTS_PER_ADDRESS", default=60)
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=30)
SESSION_ABSOLUTE_HOURS = env.int("SESSION_ABSOLUTE_HOURS", default=12)
SESSION_COOKIE_AGE = SESSION_ABSOLUTE_HOURS * 3600
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_SECURE = not VEREDA_PLAIN_HTTP
CSRF_COOKIE_SECURE = not VEREDA_PLAIN_HTTP
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "accounts.views.csrf_failed"
LANGUAGE_COOKIE_SECURE = not VEREDA_PLAIN_HTTP
LANGUAGE_COOKIE_SAMESITE = "Strict"

# -- Transport and browser ---------------------------------------------------------------------
SECURE_SSL_REDIRECT = not VEREDA_PLAIN_HTTP
SECURE_HSTS_SECONDS = 0 if VEREDA_PLAIN_HTTP else 31536000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not VEREDA_PLAIN_HTTP
SECURE_HSTS_PRELOAD = not VEREDA_PLAIN_HTTP
SECURE_REFERRER_POLICY = "same-origin"
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
BEHIND_TLS_PROXY = env.bool("BEHIND_TLS_PROXY", default=False)
if BEHIND_TLS_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [NONE],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: []
    for name in ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 600

# -- Languages and places ----------------------------------------------------------------------
LANGUAGE_CODE = "es"
LANGUAGES = [("es", _("Spanish")), ("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="America/Mexico_City")
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = ["config.formats"]

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VEREDA_STATE_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": env.str(
            "STATICFILES_BACKEND",
            default="whitenoise.storage.CompressedManifestStaticFilesStorage",
        )
    },
}

# -- Cache, broker, periodic work --------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
CELERY_BROKER_URL = REDIS_URL or f"redis+socket://{quote(str(socket_path(VEREDA_STATE_DIR)))}"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_TIME_LIMIT = 1800
# Longer than the longest task, so that no task is given out twice while it runs.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VEREDA_STATE_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "verify-the-access-log": {
        "task": "accounts.tasks.verify_access_log",
        "schedule": crontab(hour=3, minute=10),
    },
    "catch-up-on-the-access-log": {
        "task": "accounts.tasks.verify_access_log_if_due",
        "schedule": crontab(minute=25),
    },
    "fill-the-coming-weeks": {
        "task": "consultations.tasks.fill_weeks",
        "schedule": crontab(hour=3, minute=20),
    },
    "mark-late-referrals": {
        "task": "referrals.tasks.mark_late",
        "schedule": crontab(minute="*/5"),
    },
    "ask-the-risk-of-who-waits": {
        "task": "referrals.tasks.ask_risk_again",
        "schedule": crontab(hour=6, minute=20),
    },
    "mail-what-is-late": {
        "task": "referrals.tasks.mail_late",
        "schedule": crontab(hour=7, minute=0),
    },
    "ask-for-the-reports-due": {
        "task": "reports.tasks.ask_what_is_due",
        "schedule": crontab(minute=15),
    },
    "finish-the-reports-begun": {
        "task": "reports.tasks.sweep",
        "schedule": crontab(minute="*/2"),
    },
    "tidy-up-the-sign-ins": {
        "task": "accounts.tasks.tidy_up",
        "schedule": crontab(hour=3, minute=40),
    },
}

# -- Settings of the work ----------------------------------------------------------------------
TERMINOLOGY_REFRESH_SECONDS = env.int("TERMINOLOGY_REFRESH_SECONDS", default=10)
HIGH_ALTITUDE_METRES = env.int("HIGH_ALTITUDE_METRES", default=2000)
LATE_ENTRY_HOURS = env.int("LATE_ENTRY_HOURS", default=72)
SCALES_OFF = env.list("SCALES_OFF", default=["gaf"])
HIGH_RISK_HOURS = env.int("HIGH_RISK_HOURS", default=1)
MODERATE_RISK_HOURS = env.int("MODERATE_RISK_HOURS", default=24)
AGREEMENT_WARNING_DAYS = env.int("AGREEMENT_WARNING_DAYS", default=60)
PARTNER_STALE_DAYS = env.int("PARTNER_STALE_DAYS", default=90)
LOST_AFTER_DAYS = env.int("LOST_AFTER_DAYS", default=60)
LOST_ATTEMPT_DAYS = env.int("LOST_ATTEMPT_DAYS", default=3)
# Hours and days of `referral_urgency` that this organisation sets otherwise, as JSON:
# {"urgent": {"triage_hours": 2}}.
REFERRAL_NORMS: dict[str, dict[str, float]] = env.json("REFERRAL_NORMS", default={})
# After how many hours a clock that ran out concerns the next role.
REFERRAL_ESCALATION_HOURS: dict[str, float] = {
    "immediate": 1, "urgent": 4, "priority": 24, "routine": 72,
    **env.json("REFERRAL_ESCALATION_HOURS", default={}),
}  # fmt: skip
# When a day centre receives people: days (0 is Monday), first and last hour.
CENTRE_WEEKDAYS = env.list("CENTRE_WEEKDAYS", cast=int, default=[0, 1, 2, 3, 4])
CENTRE_HOURS = env.list("CENTRE_HOURS", default=["08:00", "17:00"])
# A daily e-mail that says how many referrals are late, and nothing else. Off unless an e-mail
# server is named and it is asked for.
EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="vereda@localhost")
REFERRAL_MAIL = env.bool("REFERRAL_MAIL", default=False)
FIGURES_VERSION = "2026.1"

# The e-mail is unique whatever its case, by a constraint that this check does not see.
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",
    "models.W040",  # SQLite leaves out the columns that an index of PostgreSQL carries along
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 25,
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Vereda",
    "DESCRIPTION": "The same services, policy and access log as the pages.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "accounts.logs.JsonLines"}},
    "filters": {"impersonal": {"()": "accounts.logs.Impersonal"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json",
            "filters": ["impersonal"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # SQL and request bodies could carry what people said.
        "django.db.backends": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
    },
}

"""Django settings. Every variable is listed in docs/settings.md; embedded defaults come from deploy/embedded."""

import os
from pathlib import Path
from typing import Any

from config.env import ENV, database_from_url

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(ENV.text("TZ_VAR_DIR", str(BASE_DIR / "var")))

SECRET_KEY = ENV.required("SECRET_KEY", "start with `make run`, or set it to 50 random characters")
DEBUG = False
# The embedded city is a demonstration; an own database starts empty unless DEMO=1 is said.
DEMO = ENV.flag("DEMO", default=False)
SERVER_NAME = ENV.text("SERVER_NAME", "tongzhou.localhost").lower()
PUBLIC_URL = ENV.text("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = ENV.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1],testserver")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL, *ENV.words("TRUSTED_ORIGINS")]
# Where the bots, which are Matrix clients of our own server, find it: the loopback address when one is given.
BOTS_HOMESERVER = ENV.text("BOTS_HOMESERVER", ENV.text("APP_URL", PUBLIC_URL)).rstrip("/")
BEHIND_PROXY = ENV.flag("BEHIND_PROXY", default=False)
HTTPS = PUBLIC_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "channels",
    "csp",
    "procrastinate.contrib.django",
    "common",
    "directory",
    "chatops",
    "connectors",
    "workflows",
    "bots",
    "demo.city",  # the command load_demo; no tables
]

MIDDLEWARE = [
    "config.errors.ErrorBodies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "directory.middleware.ActorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "asgi.application"
APPEND_SLASH = False
TEMPLATES: list[dict[str, Any]] = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [], "APP_DIRS": True}
]

DATABASE_URL = ENV.required("DATABASE_URL", "start with `make run`, or name a PostgreSQL 15+ database")
DATABASE_POOL = ENV.whole("DATABASE_POOL", 16, least=2)
DATABASES: dict[str, Any] = {"default": database_from_url(DATABASE_URL)}
if ENV.flag("DATABASE_POOLED", default=True):
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": DATABASE_POOL, "timeout": 15}
# pgbouncer in transaction mode has no session: no server-side cursors, no prepared statements.
if ENV.flag("DATABASE_TRANSACTION_POOLER", default=False):
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
    DATABASES["default"]["OPTIONS"]["prepare_threshold"] = None
# How many of each process this site runs; `manage.py doctor` adds up their connections.
APP_PROCESSES = ENV.whole("APP_PROCESSES", 1, least=1)
WORKER_PROCESSES = ENV.whole("WORKER_PROCESSES", 1, least=1)
GATEWAY_PROCESSES = ENV.whole("GATEWAY_PROCESSES", 1)
BOT_PROCESSES = ENV.whole("BOT_PROCESSES", 1, least=1)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = ENV.required("REDIS_URL", "start with `make run`, or name a Redis 7+ server")
REDIS_PREFIX = ENV.text("REDIS_PREFIX", "tz")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": REDIS_PREFIX},
    }
}

AUTH_USER_MODEL = "directory.Staff"
PASSWORD_HASHERS = ["directory.hashers.LeanArgon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

SESSION_COOKIE = "tz_session"
SESSION_DAYS = ENV.whole("SESSION_DAYS", 14, least=1)
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
WEB_DIST = BASE_DIR / "web" / "dist"
# WhiteNoise serves the built client (hashed files for ever); index.html goes through a view so that it carries CSP.
WHITENOISE_ROOT = WEB_DIST if WEB_DIST.is_dir() else None
WHITENOISE_USE_FINDERS = False
WHITENOISE_INDEX_FILE = False
MEDIA_DIR = VAR_DIR / "media"
UPLOAD_MAX_BYTES = ENV.whole("UPLOAD_MAX_BYTES", 50 * 1024 * 1024, least=1024)
# Where sources of kind "file" drop their files, a folder each.
CONNECTOR_FILES = Path(ENV.text("CONNECTOR_FILES", str(VAR_DIR / "files")))
# Files go to a bucket of an S3-compatible store when one is named, else under MEDIA_DIR.
S3_BUCKET = ENV.text("S3_BUCKET", "")
S3_ENDPOINT = ENV.text("S3_ENDPOINT", "")
S3_REGION = ENV.text("S3_REGION", "")
S3_KEY_ID = ENV.text("S3_KEY_ID", "")
S3_SECRET = ENV.text("S3_SECRET", "")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# Live line (chatops/delivery); the meaning of each is in docs/settings.md.
LIVE_LINGER_MS = ENV.whole("LIVE_LINGER_MS", 1)
LIVE_QUEUE_FRAMES = ENV.whole("LIVE_QUEUE_FRAMES", 128, least=8)
LIVE_QUEUE_BYTES = ENV.whole("LIVE_QUEUE_BYTES", 512 * 1024, least=65_536)
LIVE_FRAMES_PER_SECOND = ENV.whole("LIVE_FRAMES_PER_SECOND", 200, least=10)
LIVE_SOCKETS_PER_PERSON = ENV.whole("LIVE_SOCKETS_PER_PERSON", 20, least=1)
SENDS_PER_MINUTE = ENV.whole("SENDS_PER_MINUTE", 120, least=1)
HOOK_CALLS_PER_MINUTE = ENV.whole("HOOK_CALLS_PER_MINUTE", 600, least=1)
# Networks inside ours that hooks out may call all the same, such as 10.1.2.0/24.
HOOK_OUT_NETWORKS = ENV.words("HOOK_OUT_NETWORKS")
# Encrypts secrets of connectors: one key or several with commas, the first encrypts, all decrypt.
CONNECTOR_KEYS = ENV.words("CONNECTOR_KEY")
# One-touch orders (docs/orders.md): minutes after issue at which each step of the ladder is taken.
ORDER_TEXT_MINUTES = ENV.whole("ORDER_TEXT_MINUTES", 5)
ORDER_MAIL_MINUTES = ENV.whole("ORDER_MAIL_MINUTES", 5)
ORDER_VOICE_MINUTES = ENV.whole("ORDER_VOICE_MINUTES", 10)
ORDER_DUTY_MINUTES = ENV.whole("ORDER_DUTY_MINUTES", 15)
ORDER_LEADER_MINUTES = ENV.whole("ORDER_LEADER_MINUTES", 30)
CASE_URGE_PAUSE_MINUTES = ENV.whole("CASE_URGE_PAUSE_MINUTES", 30)
ORDER_REMIND_PAUSE_MINUTES = ENV.whole("ORDER_REMIND_PAUSE_MINUTES", 10)
ORDER_SECOND_APPROVER_ABOVE = ENV.whole("ORDER_SECOND_APPROVER_ABOVE", 500, least=1)
ORDER_SECOND_APPROVER_FOR_VOICE = ENV.flag("ORDER_SECOND_APPROVER_FOR_VOICE", default=True)
# Ways out of the house; one that is not named here is not offered.
TEXT_GATEWAY_URL = ENV.text("TEXT_GATEWAY_URL", "")
TEXT_GATEWAY_TOKEN = ENV.text("TEXT_GATEWAY_TOKEN", "")
VOICE_GATEWAY_URL = ENV.text("VOICE_GATEWAY_URL", "")
VOICE_GATEWAY_TOKEN = ENV.text("VOICE_GATEWAY_TOKEN", "")
GATEWAY_TIMEOUT_S = ENV.whole("GATEWAY_TIMEOUT_S", 10, least=1)
SMTP_HOST = ENV.text("SMTP_HOST", "")
SMTP_PORT = ENV.whole("SMTP_PORT", 25, least=1)
SMTP_STARTTLS = ENV.flag("SMTP_STARTTLS", default=False)
SMTP_USER = ENV.text("SMTP_USER", "")
SMTP_PASSWORD = ENV.text("SMTP_PASSWORD", "")
SMTP_FROM = ENV.text("SMTP_FROM", "")
MAIL_ADDRESS_PATTERN = ENV.text("MAIL_ADDRESS_PATTERN", "")
RECALL_MINUTES = ENV.whole("RECALL_MINUTES", 1440, least=0)
SUPERVISION_AHEAD_DAYS = ENV.whole("SUPERVISION_AHEAD_DAYS", 7, least=1)
# Who answers 投诉建议 (code of a unit; empty: the nearest unit upward with a digital officer), and within how long.
FEEDBACK_UNIT = ENV.text("FEEDBACK_UNIT", "")
FEEDBACK_WORKING_DAYS = ENV.whole("FEEDBACK_WORKING_DAYS", 5, least=1)
SERVICE_THREADS = ENV.whole("SERVICE_THREADS", 8, least=2)
# What is encrypted end to end can be neither archived nor audited; see docs/matrix.md.
MATRIX_ENCRYPTION = ENV.flag("MATRIX_ENCRYPTION", default=False)
ASYNC_POOL = ENV.whole("ASYNC_POOL", 4, least=2)
# `db` lets demo, drills and tests move every process's clock by one row; `real` is the only value in production.
TZ_CLOCK = ENV.text("TZ_CLOCK", "real")

PROCRASTINATE_IMPORT_PATHS = ["common.timers", "common.audit"]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": ENV.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "procrastinate": {"level": "WARNING"},
        "nio": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "daphne": {"level": "WARNING"},
        "spiff": {"level": "WARNING"},
        "django.channels.server": {"level": "WARNING"},
    },
}
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

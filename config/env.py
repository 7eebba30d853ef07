"""Settings from the environment: typed, read once, loud at start.

Every reader raises ImproperlyConfigured with the variable's name and what it must look like. A variable `X` may also
come from a file named by `X_FILE` (secrets mounted by an orchestrator); values are never echoed.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class Env:
    """A view of environment variables with typed readers."""

    values: Mapping[str, str]

    def find(self, name: str) -> str | None:
        if value := self.values.get(name):
            return value
        if path := self.values.get(f"{name}_FILE"):
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except OSError as err:
                raise ImproperlyConfigured(f"{name}_FILE names {path}, which cannot be read") from err
        return None

    def text(self, name: str, default: str) -> str:
        return self.find(name) or default

    def required(self, name: str, meaning: str) -> str:
        if value := self.find(name):
            return value
        raise ImproperlyConfigured(f"{name} is not set: {meaning}")

    def flag(self, name: str, *, default: bool) -> bool:
        value = (self.find(name) or "").lower()
        if value in {"", "0", "1", "true", "false", "yes", "no"}:
            return default if not value else value in {"1", "true", "yes"}
        raise ImproperlyConfigured(f"{name} must be 1 or 0")

    def whole(self, name: str, default: int, *, least: int = 0) -> int:
        value = self.find(name)
        if value is None:
            return default
        if not value.isdecimal() or int(value) < least:
            raise ImproperlyConfigured(f"{name} must be a whole number of at least {least}")
        return int(value)

    def words(self, name: str, default: str = "") -> list[str]:
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]


def database_from_url(url: str) -> dict[str, object]:
    """Django's DATABASES entry (without pool) for `postgresql://user:password@host:port/name?option=value`."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured("DATABASE_URL must look like postgresql://user:password@host:5432/name")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


ENV = Env(os.environ)

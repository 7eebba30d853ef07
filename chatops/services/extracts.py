"""Asks the limited child process what is in a file (extracts_child.py). What it cannot read is unread, no more."""

import contextlib
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

log = logging.getLogger(__name__)

WITHIN_S = 45
# So that a heap of uploads at once does not take the machine from the live line.
_turns = threading.BoundedSemaphore(2)


@dataclass
class Extract:
    """What is in a file: a secrecy mark, whether all its text was read, and facts {w, h, pages, thumbs}.

    `folder` holds the thumbnails until the block ends.
    """

    folder: Path
    mark: str | None = None
    is_read: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


@contextlib.contextmanager
def examined(path: Path, mime: str) -> Iterator[Extract]:
    """Look into a file; its thumbnails are in `folder` as long as the block lasts."""
    with _folder(path) as folder:
        facts = _ask("examine", path, folder, mime)
        extract = Extract(folder)
        if facts is not None:
            extract.is_read = bool(facts.pop("read", False))
            extract.mark = facts.pop("mark", None)
            extract.facts = facts
        yield extract


@contextlib.contextmanager
def rendered_page(path: Path, number: int) -> Iterator[Path | None]:
    """Page `number` (from 0) of a PDF as a JPEG, or None when there is no such page."""
    with _folder(path) as folder:
        answer = _ask("page", path, folder, str(number))
        yield folder / "page.jpg" if answer is not None else None


@contextlib.contextmanager
def _folder(path: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="look-", dir=path.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ask(what: str, path: Path, folder: Path, argument: str) -> dict[str, Any] | None:
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "chatops.services.extracts_child",
        what,
        str(path),
        str(folder),
        argument,
    ]
    environment = {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    with _turns:
        try:
            done = subprocess.run(
                command, cwd=settings.BASE_DIR, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                timeout=WITHIN_S, check=True,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            log.warning("a file could not be examined within %s s", WITHIN_S)
            return None
        except subprocess.CalledProcessError as error:
            log.warning("a file could not be examined: %s", error.stderr.decode("utf-8", "replace")[-300:])
            return None
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer

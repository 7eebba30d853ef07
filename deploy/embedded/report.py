"""What the supervisor says: one line per event on the terminal, and the same in var/log."""

import sys
import time
from pathlib import Path

LOG_LIMIT_BYTES = 10_000_000


class Log:
    """An append-only text file that keeps one older part. A full disk must not stop the supervisor."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, line: str) -> None:
        try:
            if self.path.exists() and self.path.stat().st_size > LOG_LIMIT_BYTES:
                self.path.replace(self.path.with_suffix(".old.log"))
            with self.path.open("a", encoding="utf-8", errors="replace") as file:
                file.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {line}\n")
        except OSError:
            return


class Report:
    """Lines for the person at the terminal. `events` go to var/log/supervisor.log too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.own = Log(folder / "supervisor.log")

    def say(self, zh: str, en: str) -> None:
        self.own.write(f"{zh} / {en}")
        self._print(f"同舟 {time.strftime('%H:%M:%S')} {zh} / {en}")

    def relay(self, name: str, line: str) -> None:
        """A line that the child `name` printed; its file is written by the child's own log."""
        self._print(f"{name:>10} | {line}")

    @staticmethod
    def _print(line: str) -> None:
        try:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        except OSError:
            return  # the terminal is gone; the files remain

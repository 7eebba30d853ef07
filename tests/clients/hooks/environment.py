"""The robots' clients in an environment of their own (decisions 32)."""

import sys
from pathlib import Path

from tests.clients import environments

LOCK = Path(__file__).parent / "requirements.lock"


def python_with_robots() -> Path:
    """A Python with DingtalkChatbot, slack_sdk and apprise."""

    def install(folder: Path) -> None:
        uv, python = Path(sys.executable).parent / "uv", folder / "venv" / "bin" / "python"
        environments._run([str(uv), "venv", "-q", "--python", sys.executable, str(folder / "venv")])
        environments._run(
            [str(uv), "pip", "sync", "-q", "--require-hashes", "--python", str(python), str(LOCK)]
        )

    return environments._installed("robots", [LOCK], install) / "venv" / "bin" / "python"

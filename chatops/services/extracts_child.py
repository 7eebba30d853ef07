"""The child process that opens what strangers upload: limited in memory, time and file size, without our secrets.

Usage: python -m chatops.services.extracts_child examine FILE FOLDER TYPE | page FILE FOLDER NUMBER
Writes into FOLDER and prints one line of JSON.
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any

MEMORY = 1536 * 1024 * 1024
CPU_S = 40
FILE = 96 * 1024 * 1024
TEXT_S = 15.0


def limit() -> None:
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def examine(path: Path, folder: Path, mime: str) -> dict[str, Any]:
    """{read: whether all text was read, mark: a secrecy mark in it or null, and the facts of pictures and PDFs}.

    The text itself does not leave this process.
    """
    from chatops.services import extracts_pictures as pictures
    from chatops.services.extracts_text import Reading, read_text
    from chatops.services.secrecy_marks import find_mark

    facts: dict[str, Any] = {}
    reading = Reading(TEXT_S)
    if mime.startswith(("image/", "video/", "audio/")):
        reading.whole = False
    else:
        try:
            read_text(path, reading)
        except Exception:  # noqa: BLE001 - whatever a hostile file does, what was read so far counts
            reading.whole = False
    mark = find_mark(reading.text())
    try:
        if mime.startswith("image/"):
            facts = pictures.picture_facts(path, folder)
        elif mime == "application/pdf":
            facts = pictures.pdf_facts(path, folder)
    except Exception as error:  # noqa: BLE001 - a file without a picture is still a file
        facts = {"unseen": type(error).__name__}
    return {"read": reading.whole, "mark": mark, **facts}


def main() -> None:
    what, path, folder, argument = sys.argv[1:]
    limit()
    if what == "examine":
        facts = examine(Path(path), Path(folder), argument)
    else:
        from chatops.services.extracts_pictures import page_picture

        page_picture(Path(path), int(argument), Path(folder) / "page.jpg")
        facts = {}
    print(json.dumps(facts))  # noqa: T201 - the answer


if __name__ == "__main__":
    main()

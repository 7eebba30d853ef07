"""docs/openapi.json, from the code. `python -m deploy.openapi` writes it; with `--check` it only says whether it holds.

The web client's types are generated from that file (`make openapi` does both).
"""

import json
import os
import sys

from deploy.embedded.places import CHECKOUT

PAGE = CHECKOUT / "docs" / "openapi.json"


def current() -> str:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from config.api import openapi

    return json.dumps(openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main(arguments: list[str]) -> int:
    text = current()
    if "--check" not in arguments:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    print(
        "docs/openapi.json differs from the code: run `make openapi` and commit the result", file=sys.stderr
    )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""docs/openapi.json and docs/cards.schema.json, from the code.

`python -m deploy.openapi` writes them; with `--check` it only says whether they hold.

The web client's types are generated from the first (`make openapi` does both).
"""

import json
import os
import sys
from typing import Any

from deploy.embedded.places import CHECKOUT

DOCS = CHECKOUT / "docs"


def current() -> dict[str, str]:
    """Text by the name of its page."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from chatops.cards.schema import json_schema
    from config.api import openapi

    return {"openapi.json": _text(openapi()), "cards.schema.json": _text(json_schema())}


def _text(described: dict[str, Any]) -> str:
    return json.dumps(described, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main(arguments: list[str]) -> int:
    differs = []
    for name, text in current().items():
        page = DOCS / name
        if "--check" not in arguments:
            page.write_text(text, encoding="utf-8")
        elif not page.exists() or page.read_text(encoding="utf-8") != text:
            differs.append(f"docs/{name}")
    if differs:
        told = f"{', '.join(differs)}: not what the code says; run `make openapi` and commit the result"
        print(told, file=sys.stderr)
    return 1 if differs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

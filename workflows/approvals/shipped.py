"""The processes that come with the platform: one folder each under workflows/processes, published as it is.

A folder that has changed becomes the next version; running cases keep theirs. A folder is code that was reviewed with
the code, so nobody reviews it again here.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from django.db import transaction

from common import audit, clock
from directory.actors import system_actor
from workflows.approvals.definitions import build
from workflows.approvals.linting import problems_of
from workflows.services.stamps import stamp
from workflows.store import approvals as store
from workflows.store.models import Process, ProcessVersion

FOLDER = Path(__file__).resolve().parent.parent / "processes"
AUTHOR = "随平台发布"


class FolderWrong(ValueError):  # noqa: N818 - it says what is so
    """A shipped folder that cannot be published; the message names what is wrong with it."""


def read_folder(folder: Path) -> dict[str, Any]:
    """The content of a folder as a version keeps it. Raises FolderWrong."""

    def read(name: str, *, needed: bool = False) -> Any:
        path = folder / name
        if not path.exists():
            if needed:
                raise FolderWrong(f"{folder.name}: {name} is missing")
            return {}
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except json.JSONDecodeError as error:
            raise FolderWrong(f"{folder.name}/{name}: {error}") from error

    meta = read("process.json", needed=True)
    decisions = {}
    for path in sorted((folder / "decisions").glob("*.dmn")):
        cases = path.with_suffix(".cases.csv")
        decisions[path.stem] = {
            "dmn": path.read_text(encoding="utf-8"),
            "cases": cases.read_text(encoding="utf-8") if cases.exists() else "",
        }
    return {
        "meta": meta,
        "bpmn": (folder / "process.bpmn").read_text(encoding="utf-8"),
        "form": read("form.json", needed=True),
        "clocks": read("clocks.json"),
        "card": read("card.json"),
        "decisions": decisions,
        "fixture": read("fixture.json"),
    }


def digest_of(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def folders() -> list[Path]:
    return sorted(path.parent for path in FOLDER.glob("*/process.json")) if FOLDER.exists() else []


def publish_all() -> list[str]:
    """Publish every folder that is new or has changed; returns the keys. Raises FolderWrong."""
    return [folder.name for folder in folders() if publish_folder(folder)]


def publish_folder(folder: Path) -> ProcessVersion | None:
    """None when this very content is the published version, or the city has published one of its own.

    Raises FolderWrong: the lint's first findings.
    """
    content = read_folder(folder)
    digest = digest_of(content)
    meta = content["meta"]
    with transaction.atomic():
        process, _made = Process.objects.update_or_create(
            key=meta["key"],
            defaults={
                "name": meta["name"],
                "category": meta.get("category", ""),
                "description": meta.get("description", ""),
                "rank": meta.get("rank", 1000),
            },
        )
        Process.objects.select_for_update().get(pk=process.pk)
        known = store.published(process.key)
        if known is not None and (known.digest == digest or known.by_id is not None):
            return None
        who, now = system_actor(AUTHOR), clock.now()
        version = ProcessVersion(process=process, digest=digest, **content, **stamp(who, now))
        definition = build(version)
        version.meta = {**meta, "called": dict(definition.called)} if definition.called else meta
        found = [finding for finding in problems_of(definition) if finding.severity == "error"]
        if found:
            lines = "; ".join(f"{one.element} (line {one.line}): {one.message}" for one in found[:5])
            raise FolderWrong(f"{folder.name}: {lines}")
        number = store.last_number(process.pk) + 1
        ProcessVersion.objects.filter(process=process, state="published").update(state="retired")
        version.number, version.state, version.reviewed_at, version.reviewer_name = (
            number,
            "published",
            now,
            AUTHOR,
        )
        version.save(force_insert=True)
        audit.record(
            actor=who, verb="process.publish", subject="process", subject_id=process.pk,
            new={"key": process.key, "number": number, "digest": digest},
        )  # fmt: skip
        return version

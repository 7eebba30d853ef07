"""归档: what the case held when it was closed, as a digest that anybody can work out again."""

import hashlib
import json

from workflows.approvals.definitions import definition_of
from workflows.approvals.registry import ServiceCall
from workflows.processes.common import settings_of
from workflows.rules import forms
from workflows.services.stamps import stamp
from workflows.store import approvals as store
from workflows.store.models import Case, CaseArchive, CaseEntry

KEEP = "30年"


def keep(call: ServiceCall) -> str:
    """`archive` of process.json: `keep`, such as 永久, 30年 or 10年."""
    case, years = call.case, str(settings_of(call.case, "archive").get("keep") or KEEP)
    entries = store.entries_of(case.pk)
    CaseArchive.objects.update_or_create(
        case=case,
        defaults={
            "keep": years,
            "digest": digest_of(case, entries),
            "entries": len(entries),
            **stamp(call.actor, call.now),
        },
    )
    return f"归档，保管期限{years}"


def digest_of(case: Case, entries: list[CaseEntry]) -> str:
    """SHA-256 of serial, number, title, form, files and the first lines of the trail."""
    known = forms.fields_of(definition_of(case.version_id).form)
    held = {
        "serial": case.serial,
        "number": case.number,
        "title": case.title,
        "data": {name: value for name, value in case.data.items() if name in known},
        "files": sorted(one.media_id for one in store.files_of(case.pk)),
        "trail": [[one.seq, one.deed, one.by_name, one.opinion, one.at.isoformat()] for one in entries],
    }
    return hashlib.sha256(json.dumps(held, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def is_intact(archive: CaseArchive) -> bool:
    """Whether the case still holds what was archived; the lines of the trail that came later are left out."""
    entries = store.entries_of(archive.case_id)[: archive.entries]
    return digest_of(archive.case, entries) == archive.digest

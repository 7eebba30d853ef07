"""附件 of a case: an uploaded file of the actor's, named in the form as {"media_id": …, "name": …}."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from chatops.services import admission
from chatops.services.media import Found, access_media
from chatops.services.media_types import SHOWN
from chatops.store.models import Media
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor
from workflows.rules import forms
from workflows.rules.evidence import is_allowed
from workflows.rules.texts import can_be_kept
from workflows.services.stamps import stamp
from workflows.store import approvals as store
from workflows.store.models import Case, CaseFile

MOST_FILES = 50
MAX_NAME = 200


@dataclass(frozen=True)
class Attached:
    field: str
    media_id: str
    name: str
    mimetype: str


def _named(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for field, value in data.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and one.get("media_id"):
                yield field, one


def check(
    actor: Actor, form: Mapping[str, Any], data: Mapping[str, Any], *, known: frozenset[str] = frozenset()
) -> list[Attached]:
    """The files that the form names and the case does not know yet.

    Raises BadInputError: the field is named. SecrecyRefusedError for the file's name; what is in it was checked on
    upload.
    """
    wanted = [(field, one) for field, one in _named(data) if str(one["media_id"]) not in known]
    if len(wanted) > MOST_FILES:
        raise BadInputError(
            field=wanted[0][0], message=_("附件最多{most}个，请合并后上传。").format(most=MOST_FILES)
        )
    return [
        checked(
            actor,
            str(one["media_id"]),
            str(one.get("name") or ""),
            field=field,
            title=forms.title_of_field(form, field),
        )
        for field, one in wanted
    ]


def checked(actor: Actor, media: str, name: str, *, field: str, title: str) -> Attached:
    """One file of the actor's. Raises BadInputError, SecrecyRefusedError."""
    if not can_be_kept(media + name):
        raise BadInputError(field=field, message=_("内容含有无法保存的字符，请删除后重试。"))
    admission.check(name, actor=actor, where="file_name")
    media_id = media.rpartition("/")[2]
    try:
        found = access_media(actor=actor, media_id=media_id)
    except NotFoundError as error:
        words = _("“{title}”中的文件不存在或不是您能查看的，请重新上传。")
        raise BadInputError(field=field, message=words.format(title=title)) from error
    if found.guarded:
        raise BadInputError(field=field, message=_("该文件所在群不允许转出，不能作为附件，请另行上传。"))
    if not is_allowed(found.media.mime):
        words = _("“{name}”不是可用的附件类型。请改附照片、视频、PDF、OFD或Office、WPS文档。")
        raise BadInputError(field=field, message=words.format(name=found.media.filename or name))
    return Attached(
        field, media_id, (name.strip() or found.media.filename or media_id)[:MAX_NAME], found.media.mime
    )


def attach(actor: Actor, case: Case, files: list[Attached], now: datetime) -> None:
    CaseFile.objects.bulk_create(
        [
            CaseFile(
                case=case, media_id=one.media_id, field=one.field, name=one.name, mimetype=one.mimetype,
                **stamp(actor, now),
            )
            for one in files
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def known_of(case_id: UUID) -> frozenset[str]:
    return frozenset(one.media_id for one in store.files_of(case_id))


def find_file(case: Case, form: Mapping[str, Any], node: str, media_id: str) -> Found:
    """For whoever sees the case as at this node. Raises NotFoundError: not of this case, of a field that the node does
    not see, or gone.
    """
    kept = next((one for one in store.files_of(case.pk) if one.media_id == media_id), None)
    if kept is None or (kept.field and forms.right_of(form, node, kept.field) == "hidden"):
        raise NotFoundError
    media = Media.objects.filter(pk=media_id).first()
    if media is None:
        raise NotFoundError(message=_("文件已不在存储中，请联系上传人重新上传。"))
    return Found(media, media.mime in SHOWN, False)

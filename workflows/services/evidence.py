"""佐证: files and links of a report. What they are is read from the file, not from what its sender says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from chatops.services import admission
from chatops.services.media import Found, access_media
from chatops.services.media_types import SHOWN
from chatops.store.models import Media
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor
from workflows.rules.evidence import MOST_FILES, is_allowed, is_link
from workflows.services.gates import access_item
from workflows.services.stamps import stamp
from workflows.store import parts as store
from workflows.store.models import Evidence, Item, ProgressReport

MAX_NAME = 200


@dataclass(frozen=True)
class NewEvidence:
    """Either an uploaded file of the actor's, or a link."""

    media_id: str = ""
    url: str = ""
    name: str = ""


@dataclass(frozen=True)
class CheckedEvidence:
    media_id: str
    url: str
    name: str
    mimetype: str


def check_evidence(actor: Actor, wanted: Sequence[NewEvidence]) -> list[CheckedEvidence]:
    """Raises BadInputError (field `evidence`): too many, of a wrong type, not a link. SecrecyRefusedError."""
    if len(wanted) > MOST_FILES:
        raise BadInputError(
            field="evidence", message=_("一次最多附{most}份佐证，请分次报送。").format(most=MOST_FILES)
        )
    return [_checked(actor, one) for one in wanted]


def _checked(actor: Actor, one: NewEvidence) -> CheckedEvidence:
    if bool(one.media_id) == bool(one.url):
        raise BadInputError(field="evidence", message=_("佐证须为一个已上传的文件或一个链接，请重新选择。"))
    admission.check(one.name, actor=actor, where="file_name")
    if one.url:
        if not is_link(one.url):
            raise BadInputError(
                field="evidence",
                message=_("佐证链接须以 http:// 或 https:// 开头，不超过500个字符，请核对。"),
            )
        return CheckedEvidence("", one.url, (one.name.strip() or one.url)[:MAX_NAME], "")
    media_id = one.media_id.rpartition("/")[2]  # a content URI is taken as well
    try:
        found = access_media(actor=actor, media_id=media_id)
    except NotFoundError as error:
        raise BadInputError(
            field="evidence", message=_("佐证文件不存在或不是您能查看的，请重新上传。")
        ) from error
    media = found.media
    if found.guarded:
        raise BadInputError(field="evidence", message=_("该文件所在群不允许转出，不能作为佐证，请另行上传。"))
    if not is_allowed(media.mime):
        raise BadInputError(
            field="evidence",
            message=_(
                "“{name}”不是可用的佐证类型。请改附照片、视频、PDF、OFD或Office、WPS文档，或填写链接。"
            ).format(name=media.filename or one.name),
        )
    name = one.name.strip() or media.filename or media_id
    return CheckedEvidence(media_id, "", name[:MAX_NAME], media.mime)


def add_evidence(
    actor: Actor,
    item: Item,
    files: Sequence[CheckedEvidence],
    *,
    report: ProgressReport | None,
    now: datetime,
) -> None:
    store.add_evidence(
        Evidence(
            item=item,
            report=report,
            media_id=one.media_id,
            url=one.url,
            name=one.name,
            mimetype=one.mimetype,
            **stamp(actor, now),
        )
        for one in files
    )


def require_evidence(item: Item, files: Sequence[CheckedEvidence]) -> None:
    """Raises BadInputError: the item asks for evidence and none comes with the report of the whole."""
    if item.evidence_required and not files:
        raise BadInputError(
            field="evidence", message=_("本事项报完成须附佐证材料，请上传照片、文件或填写链接。")
        )


def access_evidence(actor: Actor, item_id: UUID, evidence_id: UUID) -> Evidence:
    """Whoever sees the item sees its evidence. Raises NotFoundError."""
    access_item(actor, item_id)
    found = store.find_evidence(evidence_id, item_id)
    if found is None:
        raise NotFoundError
    return found


def find_file(one: Evidence) -> Found:
    """The file, to be read by whoever sees the item. Raises NotFoundError: it is a link, or the file is gone."""
    media = Media.objects.filter(pk=one.media_id).first() if one.media_id else None
    if media is None:
        raise NotFoundError(message=_("文件已不在存储中，请联系报送人重新上传。"))
    return Found(media, media.mime in SHOWN, False)

"""Rows pasted from Excel or WPS: the same preview as an uploaded list, but they are added to what is there."""

from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from common.errors import BadInputError
from directory.actors import Actor
from workflows.services import imports
from workflows.services.import_previews import ListImportOut

MAX_TEXT = 500_000


def check_paste(
    *,
    actor: Actor,
    taskforce_id: UUID | None = None,
    ledger_id: UUID | None = None,
    text: str,
    starts_on: date | None = None,
    due_on: date | None = None,
) -> ListImportOut:
    """Keep pasted rows as a preview. The first row is the heading; cells are parted by tabs.

    Raises: as imports.check_upload; BadInputError (`text`): nothing there, or too much.
    """
    if not text.strip():
        raise BadInputError(field="text", message=_("没有粘贴任何内容，请从表格中复制后再试。"))
    if len(text) > MAX_TEXT or "\x00" in text:
        raise BadInputError(field="text", message=_("粘贴的内容过长，请分批粘贴或上传文件。"))
    return imports.check_upload(
        actor=actor,
        taskforce_id=taskforce_id,
        ledger_id=ledger_id,
        file_name=_("粘贴的表格"),
        data=text.encode(),
        starts_on=starts_on,
        due_on=due_on,
        is_edition=False,
    )

"""Who has read and answered a message, as a table for spreadsheets."""

import csv
import io

from django.utils.translation import gettext as _

from chatops.services.receipts import access_event, asks_confirmation, names, need_names
from common import audit, clock
from directory.actors import Actor

MOST = 100_000
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def as_csv(*, actor: Actor, room_id: str, event_id: str) -> bytes:
    """UTF-8 with a byte order mark; the first line says who exported it and when (水印). No times of reading.

    Raises: NotFoundError, ForbiddenError.
    """
    view, event = access_event(actor, room_id, event_id)
    need_names(actor, view, event)
    rows = names(event, state="all", limit=MOST)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    mark = _("导出人：{name}（{unit}），导出时间：{time:%Y-%m-%d %H:%M}，仅供工作使用").format(
        name=actor.name, unit=actor.unit_name, time=clock.local(clock.now())
    )
    writer.writerow([_harmless(mark)])
    asks = asks_confirmation(event)
    answers = {"received": _("收到"), "difficulty": _("有困难"), "transferred": _("转办")}
    heads = _("单位,姓名,职务,阅读").split(",")
    writer.writerow([*heads, *(_("回执,说明,承接人").split(",") if asks else [])])
    for row in rows:
        cells = [row["unit_name"], row["name"], row["post_title"], _("已读") if row["read"] else _("未读")]
        if asks:
            cells += [answers.get(row["answer"] or "", _("未回执")), row["note"], row["handed_to"]]
        writer.writerow([_harmless(cell) for cell in cells])
    audit.record(
        actor=actor, verb="message.export_receipts", subject="event", subject_id=event_id,
        new={"room": room_id, "rows": len(rows)},
    )  # fmt: skip
    return buffer.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    """A text that a spreadsheet would take for a formula is quoted."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell

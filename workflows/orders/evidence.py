"""The export that proves who was told what and when: a zip with a hash of each file."""

import csv
import hashlib
import html
import io
import json
import zipfile
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

from django.db import transaction

from common import audit, clock
from directory.actors import Actor
from directory.services.rights import require
from workflows.errors import NotAllowedNowError
from workflows.orders import gates
from workflows.orders.board import ATTEMPT_WORDS
from workflows.rules.orders import ORDER_WORDS, RECIPIENT_WORDS, STEP_WORDS
from workflows.store import order_boards as boards
from workflows.store import orders as store
from workflows.store.models import Order, OrderAttempt, OrderRecipient

BOM = "\ufeff"  # so that WPS and Excel read the Chinese


def export(*, actor: Actor, order_id: UUID) -> tuple[str, bytes]:
    """(file name for a header, zip). Recorded in the audit trail.

    Raises: NotFoundError, ForbiddenError; NotAllowedNowError before it was issued.
    """
    order = gates.access_board(actor, order_id)
    require(actor, "order.view", gates.order_scope(order))
    if not order.number:
        raise NotAllowedNowError(message="指令尚未签发，没有回执可以导出。")
    now = clock.now()
    with transaction.atomic():
        files = {
            "order.html": _page(actor, order, now),
            "recipients.csv": _csv(_RECIPIENTS, _recipients(order)),
            "units.csv": _csv(_UNITS, _units(order)),
            "attempts.csv": _csv(_ATTEMPTS, _attempts(order)),
            "history.csv": _csv(_HISTORY, _history(order)),
        }
        hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        files["sha256.json"] = json.dumps(
            {
                "order": order.number,
                "exported_at": now.isoformat(),
                "exported_by": f"{actor.unit_name} {actor.name} {actor.post_title}",
                "versions": {str(row.version): row.digest for row in store.versions(order.pk)},
                "files": hashes,
            },
            ensure_ascii=False,
            indent=1,
        ).encode()
        audit.record(
            actor=actor, verb="order.export", subject="order", subject_id=order.pk, new={"files": hashes}
        )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return quote(f"{order.number}回执.zip"), packed.getvalue()


_RECIPIENTS = (
    "版本",
    "单位",
    "岗位",
    "姓名",
    "为什么收到",
    "状态",
    "送达",
    "已读",
    "签收",
    "反馈",
    "办理人",
    "说明",
    "反馈内容",
)
_UNITS = ("版本", "单位", "层级", "行政区划", "性质", "已收", "办理人", "岗位", "方式", "说明")
_ATTEMPTS = ("版本", "时间", "方式", "单位", "姓名", "号码", "结果", "通道答复", "答复时间")
_HISTORY = ("时间", "办理", "姓名", "岗位", "单位", "说明")


def _csv(head: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return (BOM + text.getvalue()).encode()


def _safe(cell: object) -> str:
    """A cell that begins like a formula would be run by the program that opens the file."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _at(moment: datetime | None) -> str:
    return f"{clock.local(moment):%Y-%m-%d %H:%M:%S}" if moment else ""


def _recipients(order: Order) -> Iterable[Iterable[object]]:
    rows = OrderRecipient.objects.filter(order=order).select_related("unit").order_by("version", "id")
    for row in rows.iterator(chunk_size=2000):
        yield (
            row.version, row.unit.name, row.post_title, row.name, row.why, RECIPIENT_WORDS[row.state],
            _at(row.delivered_at), _at(row.read_at), _at(row.signed_at), _at(row.reported_at),
            f"{row.by_name} {row.by_post}".strip(), row.note, row.report,
        )  # fmt: skip


def _units(order: Order) -> Iterable[Iterable[object]]:
    for row in boards.unit_rows(order.pk).iterator(chunk_size=2000):
        kind = f"商请（{row.why_not_commanded}）" if row.is_request else "指令"
        yield (
            row.version, row.unit_name, row.level, row.region_id, kind, _at(row.received_at), row.by_name,
            row.by_post, row.how, row.reason,
        )  # fmt: skip


def _attempts(order: Order) -> Iterable[Iterable[object]]:
    rows = OrderAttempt.objects.filter(order=order).select_related("unit").order_by("version", "at", "id")
    for row in rows.iterator(chunk_size=2000):
        yield (
            row.version, _at(row.at), STEP_WORDS.get(row.channel, row.channel), row.unit.name, row.to_name,
            row.address, ATTEMPT_WORDS.get(row.state, row.state), row.answer, _at(row.answered_at),
        )  # fmt: skip


def _history(order: Order) -> Iterable[Iterable[object]]:
    for row in store.history(order.pk):
        yield _at(row.at), row.act, row.by_name, row.by_post, row.by_unit, row.text


def _page(actor: Actor, order: Order, now: datetime) -> bytes:
    """The order as issued, for printing, with who took it out across the page."""
    mark = html.escape(f"{actor.name} {actor.unit_name} {_at(now)}")
    head = (
        f"<h1>{html.escape(order.number or '')}</h1><p>{html.escape(order.issuer_unit_name)} "
        f"{html.escape(order.issuer_name)} · {ORDER_WORDS[order.state]}</p>"
    )
    parts = [head]
    for row in store.versions(order.pk):
        reason = f"<p>更正原因：{html.escape(row.reason)}</p>" if row.reason else ""
        parts.append(
            f"<h2>{html.escape(row.title)}（第{row.version}版）</h2>{reason}<pre>{html.escape(row.text)}</pre>"
            f"<p>签发 {_at(row.issued_at)} · 签收时限 {_at(row.sign_by)} · {row.people}人 {row.units}个单位</p>"
            f"<p class=h>SHA-256 {row.digest}</p>"
        )
    marks = "".join(f"<i style='top:{top}%'>{mark}　{mark}</i>" for top in range(5, 100, 15))
    style = (
        "body{font:16px/1.7 serif;margin:3em}pre{white-space:pre-wrap;font:inherit}.h{font:11px monospace}"
        "i{position:fixed;left:-5%;width:110%;text-align:center;color:#0002;transform:rotate(-18deg);"
        "font-style:normal;pointer-events:none}"
    )
    return (
        f"<!doctype html><html lang=zh-CN><meta charset=utf-8><title>{html.escape(order.number or '')}</title>"
        f"<style>{style}</style><body>{marks}{''.join(parts)}</body></html>"
    ).encode()

"""打印: the form as filled in, the opinions, who printed it and when across the page."""

from html import escape
from typing import Any
from uuid import UUID

from common import clock
from directory.actors import Actor
from workflows.approvals import reading
from workflows.approvals.views import CaseOut
from workflows.rules import forms

_STYLE = (
    "body{font:16px/1.7 serif;margin:2.5em;color:#000;background:#fff}h1{font-size:22px;text-align:center}"
    "table{border-collapse:collapse;width:100%;margin:1em 0}td,th{border:1px solid #333;padding:.4em .6em;"
    "text-align:left;vertical-align:top}th{width:9em;font-weight:normal;background:#f4f4f4}"
    "i{position:fixed;left:-5%;width:110%;text-align:center;color:#0002;transform:rotate(-18deg);"
    "font-style:normal;pointer-events:none}@media print{body{margin:0}}"
)


def page(actor: Actor, case_id: UUID) -> bytes:
    """Raises NotFoundError."""
    case = reading.describe(actor, case_id)
    mark = escape(f"{actor.name} {actor.unit_name} {clock.local(clock.now()):%Y-%m-%d %H:%M}")
    marks = "".join(f"<i style='top:{top}%'>{mark}　{mark}</i>" for top in range(5, 100, 15))
    number = f"{escape(case.number)}　" if case.number else ""
    head = f"<h1>{escape(case.title)}</h1><p>{number}流水号 {escape(case.serial)}　{escape(case.state_words)}</p>"
    body = f"{marks}{head}{_form(case)}{_opinions(case)}"
    return (
        f"<!doctype html><html lang=zh-CN><meta charset=utf-8><title>{escape(case.title)}</title>"
        f"<style>{_STYLE}</style><body>{body}</body></html>"
    ).encode()


def _form(case: CaseOut) -> str:
    rows = [
        ("申请人", f"{case.starter.unit} {case.starter.name} {case.starter.post}"),
        ("提交时间", f"{clock.local(case.started_at):%Y年%m月%d日 %H:%M}"),
    ]
    rows += [
        (forms.title_of_field(case.form, name), _shown(case.data[name]))
        for name in forms.fields_of(case.form)
        if name in case.data
    ]
    return _table(rows)


def _table(rows: list[tuple[str, str]]) -> str:
    safe = [(escape(name), escape(value).replace("\n", "<br>")) for name, value in rows]
    return (
        "<table>" + "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in safe) + "</table>"
    )


def _shown(value: Any) -> str:
    match value:
        case bool():
            return "是" if value else "否"
        case dict():
            return str(value.get("name") or "、".join(_shown(one) for one in value.values()))
        case list():
            return "\n".join(_shown(one) for one in value)
        case None:
            return ""
        case _:
            return str(value)


def _opinions(case: CaseOut) -> str:
    rows = []
    for task in case.tasks:
        if task.state not in {"done", "returned"}:
            continue
        who = f"{task.decided_by}（代{task.decided_for}）" if task.decided_for else task.decided_by
        if task.recorded_by:
            who += f"（{task.recorded_by}代录）"
        at = f"{clock.local(task.decided_at):%Y-%m-%d %H:%M}" if task.decided_at else ""
        opinion = task.opinion + (f"\n答复：{task.answer}" if task.answer else "")
        word = "退回" if task.state == "returned" else task.outcome_words
        rows.append((task.name, f"{word}　{opinion}\n{who}　{at}"))
    return _table(rows)

"""What 专班助手 posts in a force's room every week: the wall chart and the released ranking, as picture and as table.

Each is a notice whose key names force and week, so that a week has each of them once.
"""

import html
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from bots.store import posts
from bots.store.models import Notice
from chatops.services.media import public_info, uri_of
from chatops.services.media_keep import begin
from common import clock, jobs
from common.errors import NotFoundError
from directory.actors import Actor, system_actor
from workflows.events import RankingReleased
from workflows.items.card import day_words, state_words
from workflows.services.gates import access_taskforce
from workflows.services.wall import describe_wall
from workflows.store import items as item_store
from workflows.store.models import TaskForce
from workflows.store.taskforces import running_ids
from workflows.taskforces import pictures, rankings
from workflows.taskforces.rankings import EditionOut

SYSTEM = system_actor("专班助手")
WALL, TABLE, RANK, RANK_TABLE = "wall_picture", "wall_table", "rank_picture", "rank_table"
KINDS = (WALL, TABLE, RANK, RANK_TABLE)


def post_week(slot: datetime) -> None:
    """The schedule's: every running force has its week's posts made ready."""
    year, week, _ = clock.local(slot).isocalendar()
    for taskforce_id in running_ids():
        force = access_taskforce(SYSTEM, taskforce_id)
        if not force.room_id:
            continue
        _ready(force, (WALL, TABLE), f"{year}-{week:02}")
        if (edition := rankings.latest_released(SYSTEM, taskforce_id)) is not None:
            _ready(force, (RANK, RANK_TABLE), f"{year}-{week:02}", edition=str(edition.id))


def post_released(event: RankingReleased) -> None:
    """A released edition is shown at once; the week's post shows it again as long as it is the newest."""
    force = access_taskforce(SYSTEM, event.taskforce_id)
    if force.room_id:
        _ready(force, (RANK, RANK_TABLE), f"edition-{event.edition_id}", edition=str(event.edition_id))


def _ready(force: TaskForce, kinds: tuple[str, ...], week: str, **about: str) -> None:
    for kind in kinds:
        key = f"{kind}:{force.pk}:{week}"
        known = {"taskforce_id": str(force.pk), **about}
        if posts.add_notice(key, kind=kind, room_id=force.room_id, about=known, due_at=clock.now()):
            jobs.defer("bots.say", notice=key)


def content_of(notice: Notice, bot: Actor) -> dict[str, Any] | None:
    """What the notice says now; None when the force is gone or nothing can be drawn."""
    try:
        force = access_taskforce(SYSTEM, UUID(notice.about["taskforce_id"]))
    except NotFoundError:
        return None
    if notice.kind == TABLE:
        return wall_table(force)
    if notice.kind == WALL:
        return (
            _picture(bot, pictures.draw_wall(SYSTEM, force.pk), "作战图.png") if pictures.can_draw() else None
        )
    edition = rankings.describe_edition(SYSTEM, UUID(notice.about["edition"]))
    if notice.kind == RANK_TABLE:
        return ranking_table(force, edition)
    if not pictures.can_draw():
        return None
    return _picture(bot, pictures.draw_ranking(force.name, edition), f"晾晒第{edition.number}期.png")


def _picture(bot: Actor, data: bytes, name: str) -> dict[str, Any]:
    incoming = begin(actor=bot, filename=name, mime="image/png")
    incoming.write(data)
    media = incoming.finish()
    return {"msgtype": "m.image", "body": name, "url": uri_of(media), "info": public_info(media)}


def wall_table(force: TaskForce) -> dict[str, Any]:
    """The wall's lines, in words and as a table."""
    wall = describe_wall(SYSTEM, force.pk)
    items = [item for item in item_store.of_force(force.pk) if item.state != "cancelled"]
    at = clock.local(wall.as_of)
    head = (
        f"{force.name}作战图：共{wall.kpi.total}项，红{wall.kpi.counts['red']}、黄{wall.kpi.counts['yellow']}、"
        f"绿{wall.kpi.counts['green']}、灰{wall.kpi.counts['grey']}、办结{wall.kpi.counts['done']}，"
        f"平均进度{wall.kpi.progress}%。数据截至{at:%Y-%m-%d %H:%M}。"
    )
    rows = [
        (
            str(item.number),
            item.title,
            item.lead_unit.display_name,
            f"{item.percent}%",
            day_words(item.due_on),
            state_words(item),
        )
        for item in items
    ]
    return _table(head, ("编号", "事项", "牵头单位", "进度", "时限", "三色码"), rows)


def ranking_table(force: TaskForce, edition: EditionOut) -> dict[str, Any]:
    head = (
        f"{force.name}晾晒（第{edition.number}期，{edition.period_from.isoformat()}至{edition.period_to.isoformat()}）。"
        f"依据：{edition.basis}。{edition.formula.sentence}"
    )
    rows = [
        (
            line.group_words,
            "—" if line.rank is None else str(line.rank),
            line.name,
            "不排名" if line.score is None else f"{line.score:.1f}分",
        )
        for line in edition.lines
    ]
    return _table(head, ("分组", "名次", "单位", "得分"), rows)


def _table(head: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> dict[str, Any]:
    plain = "\n".join([head, *("　".join(row) for row in rows)])
    titles = "".join(f"<th>{one}</th>" for one in columns)
    lines = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    rich = f"<p>{html.escape(head)}</p><table><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table>"
    content: dict[str, Any] = {"msgtype": "m.text", "body": plain}
    if rows:
        content |= {"format": "org.matrix.custom.html", "formatted_body": rich}
    return content

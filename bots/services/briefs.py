"""The daily brief of a room: open alerts, the newest values with their age, small charts; one card."""

from typing import Any

from bots.services.charts import Strip, can_draw, draw
from chatops.cards import Card, Field, Line, card_content
from chatops.services.media import uri_of
from chatops.services.media_keep import begin
from common import clock
from connectors.cards import CODES, freshness_word, number, place_name, spoken_time
from connectors.rules.levels import WORDS
from connectors.services import audience
from connectors.services.judging import limits_of
from connectors.services.status import SubjectState, room_subjects, series, state_of
from connectors.store import sources
from connectors.store.models import Alert
from directory.actors import Actor

KIND = "digest"
MOST_LINES, MOST_CHARTS, CHART_HOURS, CHART_POINTS = 40, 12, 24, 96


def brief_card(room_id: str, picture: str = "") -> Card | None:
    """What the room is subscribed to, as of now; None where it is subscribed to nothing."""
    states, unseen = _states(room_id)
    if not states and not unseen:
        return None
    now = clock.now()
    alerts = _alerts(room_id)
    lines = [Line(code="red", text=f"{WORDS[one.level]}预警：{_words(one, room_id)}") for one in alerts]
    lines += [_line(one, room_id) for one in states]
    lines += [Line(code="grey", text=f"{name}：尚未取得数据") for name in unseen]
    old = sum(one.freshness != "fresh" for one in states) + len(unseen)
    counts = f"未解除预警{len(alerts)}条　对象{len(states) + len(unseen)}个，其中数据偏旧或失联{old}个"
    title = f"数据简报（{clock.local(now):%m月%d日}）"
    names = sorted({one.subject.connector.name for one in states})
    return Card(
        kind=KIND,
        subject=f"brief:{clock.local(now):%Y-%m-%d}",
        version=1,
        title=title,
        as_of=now,
        source="、".join(names)[:200],
        fields=[Field(key="counts", label="概况", value=counts)],
        lines=lines[:MOST_LINES],
        picture=picture,
        fallback="\n".join([title, counts, *(one.text for one in lines[:MOST_LINES])]),
    )


def brief_content(room_id: str, bot: Actor) -> dict[str, Any] | None:
    """The event's content, with the charts kept as a picture of ours."""
    states, _unseen = _states(room_id)
    strips = [_strip(one) for one in states if not _hidden(one, room_id)][:MOST_CHARTS]
    picture = ""
    if strips and can_draw():
        incoming = begin(actor=bot, filename="简报.png", mime="image/png")
        incoming.write(draw(strips))
        picture = uri_of(incoming.finish())
    card = brief_card(room_id, picture)
    return card_content(card) if card else None


def _states(room_id: str) -> tuple[list[SubjectState], list[str]]:
    """In the order of their codes; and the names of those that never had a reading."""
    found, unseen = [], []
    for subject in room_subjects(room_id):
        state = state_of(subject.pk)
        if state is None:
            unseen.append(subject.name)
        else:
            found.append(state)
    return found, unseen


def _alerts(room_id: str) -> list[Alert]:
    """Open alerts of what the room is subscribed to, oldest first."""
    subjects = {one.pk for one in room_subjects(room_id)}
    connectors = sources.connectors_of_room(room_id)
    rows = Alert.objects.filter(connector__in=connectors, closed_at=None).select_related("subject", "record")
    return [one for one in rows.order_by("opened_at") if one.subject_id in subjects or one.record_id]


def _words(alert: Alert, room_id: str) -> str:
    where = alert.subject.name if alert.subject else ""
    hidden = alert.metric_key in audience.masks_of(room_id, alert.connector_id)
    words = audience.MASK if hidden else alert.words
    since = spoken_time(alert.opened_at)
    return f"{where}{words}（{since}起）"


def _line(state: SubjectState, room_id: str) -> Line:
    """A value only where it is fresh; else since when there is none."""
    main = state.main
    name = f"{place_name(state)}{main.metric.name}"
    if state.freshness != "fresh":
        since = spoken_time(state.observed_at)
        return Line(code="grey", text=f"{name}：{freshness_word(state.freshness)}，{since}以来没有新数据")
    value = (
        audience.MASK
        if _hidden(state, room_id)
        else f"{number(main.value, main.metric.decimals)}{main.metric.unit}"
    )
    change = ""
    if main.change_24h is not None and not _hidden(state, room_id):
        change = f"　近24小时{main.change_24h:+.{main.metric.decimals}f}"
    text = f"{name}：{value}{change}（{spoken_time(main.observed_at)}）"
    return Line(code=CODES[main.level], text=text)


def _hidden(state: SubjectState, room_id: str) -> bool:
    return state.main.metric.key in audience.masks_of(room_id, state.subject.connector_id)


def _strip(state: SubjectState) -> Strip:
    main = state.main
    limits = limits_of(main.metric).bands
    points = series(main.metric, hours=CHART_HOURS, most=CHART_POINTS)
    title = f"{place_name(state)}{main.metric.name}"
    value = f"{number(main.value, main.metric.decimals)}{main.metric.unit}"
    if state.freshness != "fresh":
        value = f"{freshness_word(state.freshness)}，{spoken_time(state.observed_at)}以来没有新数据"
    limit = float(limits[0].limit) if limits else None
    return Strip(
        title,
        value,
        [(at.timestamp(), float(worth)) for at, worth in points],
        limit,
        old=state.freshness != "fresh",
    )

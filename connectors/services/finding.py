"""Finding metrics and subjects by the words that people use, such as 西河桥 水位."""

from collections.abc import Sequence

from connectors.services import audience
from connectors.store import sources as store
from connectors.store.models import Connector, Metric, Subject
from directory.actors import Actor
from directory.services.rights import Scope, may

MOST = 200


def find_metrics(actor: Actor, room_id: str, words: str, *, direct: bool) -> list[Metric]:
    """Metrics that hold every word: of the room's sources; in a direct chat of all that the person may see.

    A word may name the place, the subject, its code or the metric.
    """
    rows = Metric.objects.select_related("subject__connector")
    if direct:
        rows = rows.filter(audience.visible_metrics(actor))
    else:
        rows = rows.filter(subject__in=[one.pk for one in store.room_subjects(room_id)])
    parts = [part.casefold() for part in words.split()]
    found = [one for one in rows if all(part in _text(one) for part in parts)]
    exact = [one for one in found if one.subject.name.casefold() in parts]
    return sorted(exact or found, key=lambda one: (one.subject.code, one.rank, one.key))[:MOST]


def find_subjects(actor: Actor, words: str, *, room_id: str = "") -> list[tuple[Connector, list[Subject]]]:
    """Subjects by source, of sources that the actor may subscribe rooms to; `room_id`: only what the room has.

    The name of a source stands for all its subjects.
    """
    parts = [part.casefold() for part in words.split()]
    here = {one.pk for one in store.room_subjects(room_id)} if room_id else None
    found = []
    for connector in Connector.objects.order_by("pk"):
        if not may(actor, "connector.subscribe", Scope(unit_id=connector.owner_unit_id)):
            continue
        subjects = [one for one in connector.subjects.all() if here is None or one.pk in here]
        if not all(part in connector.name.casefold() for part in parts):
            subjects = [one for one in subjects if _holds(one, parts)]
        if subjects:
            found.append((connector, subjects))
    return found


def _holds(subject: Subject, parts: Sequence[str]) -> bool:
    text = f"{subject.place} {subject.name} {subject.code}".casefold()
    return all(part in text for part in parts)


def _text(metric: Metric) -> str:
    subject = metric.subject
    return f"{subject.place} {subject.name} {subject.code} {metric.name} {metric.key}".casefold()

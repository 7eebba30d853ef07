from datetime import datetime

from django.db import connection

from workflows.store.models import Deed

# No savepoint: a key that is taken is no error of the statement.
_BEGIN = """
INSERT INTO workflows_deed (id, staff_id, key, verb, subject_id, at) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (staff_id, key) DO NOTHING RETURNING id
"""


def find_or_begin(*, staff_id: int, key: str, verb: str, subject_id: str, at: datetime) -> tuple[Deed, bool]:
    """The deed of this key, and whether it began now. A second transaction waits here until the first has
    ended.
    """
    deed = Deed(staff_id=staff_id, key=key, verb=verb, subject_id=subject_id, at=at)
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, [deed.pk, staff_id, key, verb, subject_id, at])
        if cursor.fetchone() is not None:
            return deed, True
    return Deed.objects.get(staff_id=staff_id, key=key), False


def keep_answer(deed: Deed, answer: dict[str, object]) -> None:
    deed.answer = answer
    Deed.objects.filter(pk=deed.pk).update(answer=answer)


def forget_before(moment: datetime) -> int:
    return Deed.objects.filter(at__lt=moment).delete()[0]


def verb_of(staff_id: int, key: str) -> str | None:
    return Deed.objects.filter(staff_id=staff_id, key=key).values_list("verb", flat=True).first()

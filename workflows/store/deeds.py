from datetime import datetime

from django.db import IntegrityError, transaction

from workflows.store.models import Deed


def find_or_begin(*, staff_id: int, key: str, verb: str, subject_id: str, at: datetime) -> tuple[Deed, bool]:
    """The deed of this key, and whether it began now. A second transaction waits here until the first has
    ended.
    """
    try:
        with transaction.atomic():
            deed = Deed(staff_id=staff_id, key=key, verb=verb, subject_id=subject_id, at=at)
            deed.save(force_insert=True)
            return deed, True
    except IntegrityError:
        return Deed.objects.get(staff_id=staff_id, key=key), False


def keep_answer(deed: Deed, answer: dict[str, object]) -> None:
    deed.answer = answer
    deed.save(update_fields=["answer"])


def forget_before(moment: datetime) -> int:
    return Deed.objects.filter(at__lt=moment).delete()[0]


def verb_of(staff_id: int, key: str) -> str | None:
    return Deed.objects.filter(staff_id=staff_id, key=key).values_list("verb", flat=True).first()

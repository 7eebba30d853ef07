from workflows.store.models import EscalationStep, Item, ItemHistory, LetterSeries


def cycle_of(item: Item) -> int:
    """1, and one more with each reopening: a second round starts from below."""
    return 1 + ItemHistory.objects.filter(item=item, act="reopen").count()


def steps(item: Item, cycle: int) -> list[EscalationStep]:
    return list(EscalationStep.objects.filter(item=item, cycle=cycle).order_by("approved_at"))


def take_number(code: str, year: int) -> int:
    """The next of the series, under its row's lock: no gap, no double."""
    LetterSeries.objects.bulk_create([LetterSeries(code=code, year=year)], ignore_conflicts=True)
    series = LetterSeries.objects.select_for_update().get(code=code, year=year)
    number = series.next
    series.next += 1
    series.save(update_fields=["next"])
    return number

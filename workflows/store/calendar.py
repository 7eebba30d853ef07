from workflows.rules.working_days import DayRule
from workflows.store.models import CalendarDay


def day_rules() -> list[DayRule]:
    rows = CalendarDay.objects.values_list("day", "worked", "name", "source")
    return [DayRule(*row) for row in rows]

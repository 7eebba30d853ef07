from django.db import models

from common.ids import new_uuid
from workflows.store.models.stamps import Stamped


class Absence(Stamped):
    """AB角: `staff` is away from `starts_on` to `ends_on`, both included; `acting` stands in.

    Reminders, notices and the pending list go to the acting person as well, shown as 代. `ended_on`: called off early,
    from that day on. Set `at`, `by`: the person, or the head of the unit.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    staff = models.ForeignKey("directory.Staff", models.CASCADE, related_name="absences")
    acting = models.ForeignKey("directory.Staff", models.CASCADE, related_name="stands_in")
    starts_on = models.DateField()
    ends_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ["-starts_on", "-at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="absence_dates_in_order"
            ),
            models.CheckConstraint(condition=~models.Q(staff=models.F("acting")), name="absence_by_another"),
        ]
        indexes = [
            models.Index(fields=["staff", "ends_on"], name="absence_staff"),
            models.Index(fields=["acting", "ends_on"], name="absence_acting"),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.starts_on}–{self.ends_on}"

from django.db import models

from common.ids import new_uuid


class CalendarDay(models.Model):
    """One day that the yearly notice moves: off on a weekday, or worked on a weekend. A year with no row has
    no table.
    """

    day = models.DateField(primary_key=True)
    worked = models.BooleanField()
    name = models.CharField(max_length=20)
    source = models.CharField(max_length=120)

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {'worked' if self.worked else 'off'}"


class OfficeHoursRow(models.Model):
    """办公时间 of a region ("" for everywhere) in a part of the year; (month, day) as MM-DD, both included."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    region = models.CharField(max_length=12, blank=True, default="")
    begins = models.CharField(max_length=5, default="01-01")
    ends = models.CharField(max_length=5, default="12-31")
    opens = models.TimeField()
    noon_from = models.TimeField()
    noon_to = models.TimeField()
    closes = models.TimeField()
    until_midnight = models.BooleanField(default=False, help_text="the last day of a limit ends at 24:00")
    source = models.CharField(max_length=120)

    class Meta:
        ordering = ["region", "begins"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(opens__lt=models.F("noon_from"))
                & models.Q(noon_from__lte=models.F("noon_to"))
                & models.Q(noon_to__lt=models.F("closes")),
                name="office_hours_in_order",
            )
        ]

    def __str__(self) -> str:
        return f"{self.region} {self.begins}–{self.ends}"

from django.db import models


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

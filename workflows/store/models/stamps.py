"""Who did it: person and post as they were called on that day. Later renamings do not rewrite a record."""

from django.db import models


class Stamped(models.Model):
    """`by` is None for what the system did itself."""

    at = models.DateTimeField()
    by = models.ForeignKey("directory.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    by_name = models.CharField(max_length=60)
    by_post = models.CharField(max_length=80, blank=True, default="")
    by_unit = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        abstract = True

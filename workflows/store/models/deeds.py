from django.db import models

from common.ids import new_uuid


class Deed(models.Model):
    """The answer to an act that carried a key: the same act again gets this answer and does nothing."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    staff = models.ForeignKey("directory.Staff", models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    verb = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "key"], name="deed_once_per_key")]
        indexes = [models.Index(fields=["at"], name="deed_age")]

    def __str__(self) -> str:
        return f"{self.verb} {self.key}"

"""People (and bots), what they are appointed to, and the named relations of a unit."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from common import clock, ids
from common.ids import new_uuid
from directory.store.models.organisation import Post, Unit

STAFF_NUMBER = r"^[a-z0-9][a-z0-9._=-]{0,63}$"


class StaffKind(models.TextChoices):
    PERSON = "person", _("人员")
    BOT = "bot", _("机器人")


class AppointmentKind(models.TextChoices):
    SUBSTANTIVE = "substantive", _("任职")
    CONCURRENT = "concurrent", _("兼职")
    SECONDED = "seconded", _("抽调、借调")
    ACTING = "acting", _("代理（AB角）")


class RelationKind(models.TextChoices):
    PRINCIPAL_LEADER = "principal_leader", _("主要领导")
    LEADER_IN_CHARGE = "leader_in_charge", _("分管领导")
    LIAISON = "liaison", _("联络员")
    DIGITAL_OFFICER = "digital_officer", _("数字化转型专员")
    ACTING = "acting", _("代班人（AB角）")


class StaffManager(BaseUserManager["Staff"]):
    """Staff numbers are lower case everywhere: they are part of the Matrix user id."""

    def get_by_natural_key(self, username: str | None) -> "Staff":
        return self.get(staff_number=(username or "").lower())

    def create_staff(
        self, staff_number: str, name: str, *, password: str | None = None, **fields: Any
    ) -> "Staff":
        """Create an account; without a password nobody can sign in with one."""
        staff = self.model(staff_number=staff_number.strip().lower(), name=name, **fields)
        staff.set_password(password)
        staff.save(using=self._db)
        return staff


class Staff(AbstractBaseUser):
    """公职人员: one account per person or bot; real names only.

    `pinyin` is the name in lower-case syllables with blanks (shan tian fang), `initials` their first letters.
    """

    staff_number = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=60)
    pinyin = models.CharField(max_length=120, blank=True, default="")
    initials = models.CharField(max_length=30, blank=True, default="")
    phone = models.CharField(max_length=20, blank=True, default="")
    office_phone = models.CharField(max_length=20, blank=True, default="")
    kind = models.CharField(max_length=8, choices=StaffKind.choices, default=StaffKind.PERSON)
    is_active = models.BooleanField(default=True)
    locked_until = models.DateTimeField(null=True, blank=True)
    must_change_password = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    # Set with the public password of the demo city, cleared by any other; an open port is refused while it
    # is there.
    has_demo_password = models.BooleanField(default=False)
    last_login = None

    objects: ClassVar[StaffManager] = StaffManager()

    USERNAME_FIELD = "staff_number"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        indexes = [
            models.Index(fields=["name"], name="staff_name"),
            models.Index(fields=["initials"], name="staff_initials"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(staff_number__regex=STAFF_NUMBER), name="staff_number_lower_ascii"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def user_id(self) -> str:
        return ids.user_id(self.staff_number)

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password)
        self.has_demo_password = False


class Appointment(models.Model):
    """A person in a post for [valid_from, valid_to). Several at once are concurrent posts; one is primary."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    staff = models.ForeignKey(Staff, models.PROTECT, related_name="appointments")
    post = models.ForeignKey(Post, models.PROTECT, related_name="appointments")
    kind = models.CharField(
        max_length=12, choices=AppointmentKind.choices, default=AppointmentKind.SUBSTANTIVE
    )
    is_primary = models.BooleanField(default=False)
    valid_from = models.DateField(default=clock.today)
    valid_to = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(fields=["staff", "valid_from"], name="appointment_staff"),
            models.Index(fields=["post", "valid_from"], name="appointment_post"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["staff", "post", "valid_from"], name="appointment_once"),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                name="appointment_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id}@{self.post_id}"


class UnitRelation(models.Model):
    """Which post answers for a unit in which capacity; routing and escalation read it.

    `field_of_work` narrows a leader in charge to a field ("" is all). For `acting`, `for_post` is the post
    that is stood in for (None: the principal leader).
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="relations")
    kind = models.CharField(max_length=20, choices=RelationKind.choices)
    post = models.ForeignKey(Post, models.CASCADE, related_name="relations")
    field_of_work = models.CharField(max_length=200, blank=True, default="")
    for_post = models.ForeignKey(Post, models.CASCADE, null=True, blank=True, related_name="stand_ins")
    rank = models.IntegerField(default=1000)

    class Meta:
        ordering = ["rank", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "kind", "post", "field_of_work", "for_post"],
                name="unit_relation_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.kind} {self.post_id}"

"""Devices (every way in), failed sign-ins, one-time links and who looked at whose phone number."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common import clock
from directory.store.models.people import Appointment, Staff


class DeviceKind(models.TextChoices):
    WEB = "web", _("网页")
    MATRIX = "matrix", _("Matrix 客户端")
    BOT = "bot", _("机器人")
    API = "api", _("接口令牌")


class Device(models.Model):
    """One web session, Matrix login, bot or API token (decisions 13).

    `secret_hash` is the SHA-256 of the secret that the client holds; None once signed out. `appointment` is
    the post it acts as; None means the primary one. `device_id` is unique per person and scopes transaction
    ids, so it is kept when the same client signs in again. Use is kept to the day: nobody's hours are recorded.
    """

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="devices")
    device_id = models.CharField(max_length=128)
    kind = models.CharField(max_length=8, choices=DeviceKind.choices)
    secret_hash = models.BinaryField(max_length=32, null=True, unique=True)
    display_name = models.CharField(max_length=120, blank=True, default="")
    appointment = models.ForeignKey(Appointment, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    last_seen_on = models.DateField(default=clock.today)
    last_seen_addr = models.CharField(max_length=45, blank=True, default="")
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "device_id"], name="device_once_per_staff")]

    def __str__(self) -> str:
        return f"{self.staff_id}/{self.device_id}"


class LoginFailure(models.Model):
    """A counter of failed sign-ins; what is counted is in directory/services/lockout.py."""

    key = models.CharField(max_length=160, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    last_failed_at = models.DateTimeField()
    blocked_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["last_failed_at"], name="login_failure_age")]

    def __str__(self) -> str:
        return self.key


class FirstAdminLink(models.Model):
    """A one-time link that makes the first administrator of an empty installation."""

    token_hash = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"first-admin link of {self.created_at:%Y-%m-%d}"


class PhoneReveal(models.Model):
    """Somebody looked at a whole phone number; the person looked up can see by whom and when."""

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="phone_reveals")
    viewer = models.ForeignKey(Staff, models.CASCADE, related_name="+")
    viewer_name = models.CharField(max_length=60)
    viewer_post = models.CharField(max_length=200)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["staff", "-at"], name="phone_reveal_staff")]

    def __str__(self) -> str:
        return f"{self.viewer_id} → {self.staff_id}"

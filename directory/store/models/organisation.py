"""Regions, units on five levels, divisions and posts.

Every pair of dates is a half-open interval [valid_from, valid_to): `valid_to` is the day on which it no
longer holds (免职日期, 撤销日期), None while it holds. Whoever is replaced today has lost the post today.
"""

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid


class Level(models.TextChoices):
    PROVINCE = "province", _("省")
    PREFECTURE = "prefecture", _("市")
    COUNTY = "county", _("县（市、区）")
    TOWNSHIP = "township", _("乡镇（街道）")
    VILLAGE = "village", _("村（社区）")


class UnitKind(models.TextChoices):
    ORGAN = "organ", _("党政机关")
    MASS_ORG = "mass_org", _("人民团体")
    INSTITUTION = "institution", _("事业单位")
    ENTERPRISE = "enterprise", _("国有企业")


class OrganKind(models.TextChoices):
    """What an organ is in the order of the state; who may command whom follows from it (docs/orders.md)."""

    PARTY_COMMITTEE = "party_committee", _("党委")
    GOVERNMENT = "government", _("政府")
    OFFICE = "office", _("党委、政府办公室")
    NPC = "npc", _("人大")
    CPPCC = "cppcc", _("政协")
    SUPERVISION = "supervision", _("纪委监委")
    COURT = "court", _("法院")
    PROCURATORATE = "procuratorate", _("检察院")
    COORDINATING = "coordinating", _("议事协调机构")
    DEPARTMENT = "department", _("部门、单位")


class PostRole(models.TextChoices):
    """What a post is for; rights are given to roles (docs/rights.md)."""

    LEADER = "leader", _("市领导")
    HEAD = "head", _("单位主要负责人")
    DEPUTY_HEAD = "deputy_head", _("单位分管负责人")
    OFFICE = "office", _("办公室")
    LIAISON = "liaison", _("联络员")
    HANDLER = "handler", _("经办人")
    SUPERVISION_OFFICER = "supervision_officer", _("督查专员")
    DIGITAL_OFFICER = "digital_officer", _("数字化转型专员")
    SYSTEM_ADMIN = "system_admin", _("系统管理员")
    SECURITY_ADMIN = "security_admin", _("安全管理员")
    AUDIT_ADMIN = "audit_admin", _("审计管理员")
    DUTY_OFFICER = "duty_officer", _("值班员")
    MEMBER = "member", _("工作人员")


def long_ago() -> date:
    """The start of what has held as long as anybody remembers."""
    return date(1949, 10, 1)


def own_code() -> str:
    """A code for units and posts that came without one; administrators may replace it."""
    return f"x{new_uuid().hex}"


class Region(models.Model):
    """An administrative division. Codes have 6 digits to county, 9 to township, 12 to village (GB/T 2260)."""

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=60)
    level = models.CharField(max_length=12, choices=Level.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(code__regex=r"^[0-9]{2,12}$"), name="region_code_digits"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """Any organisation. `block_parent`: the government it belongs to (块); `line_parent`: who guides it (条).

    Lists follow `rank` among the children of one parent (protocol order), never the alphabet. A unit under
    `is_line_managed` (垂管: tax, customs) takes orders along the line only.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    code = models.CharField(max_length=64, unique=True, default=own_code, help_text="stable key of imports")
    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=60, blank=True, default="")
    kind = models.CharField(max_length=12, choices=UnitKind.choices, default=UnitKind.ORGAN)
    organ = models.CharField(
        max_length=20,
        choices=OrganKind.choices,
        default=OrganKind.DEPARTMENT,
        db_default=OrganKind.DEPARTMENT,
    )
    level = models.CharField(max_length=12, choices=Level.choices)
    region = models.ForeignKey(Region, models.PROTECT, related_name="units")
    block_parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="block_children"
    )
    line_parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="line_children"
    )
    rank = models.IntegerField(default=1000)
    is_line_managed = models.BooleanField(default=False)
    valid_from = models.DateField(default=long_ago)
    valid_to = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(
        default=1, help_text="rises with every edit; two editors cannot overwrite"
    )

    class Meta:
        ordering = ["rank", "code"]
        indexes = [
            models.Index(fields=["block_parent", "rank"], name="unit_block_rank"),
            models.Index(fields=["line_parent", "rank"], name="unit_line_rank"),
            models.Index(fields=["name"], name="unit_name"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                name="unit_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def display_name(self) -> str:
        """The short name where there is one: it is what people say."""
        return self.short_name or self.name


class UnitName(models.Model):
    """A former name of a unit and when it held; records show the name of their day."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="former_names")
    name = models.CharField(max_length=120)
    valid_from = models.DateField()
    valid_to = models.DateField()

    class Meta:
        ordering = ["valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "name", "valid_from"], name="unit_name_once"),
            models.CheckConstraint(
                condition=models.Q(valid_to__gt=models.F("valid_from")), name="unit_name_dates_in_order"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Division(models.Model):
    """内设机构: 处室, 科室 or 股室 inside one unit."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    code = models.CharField(max_length=64, unique=True, default=own_code, help_text="stable key of imports")
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="divisions")
    name = models.CharField(max_length=60)
    rank = models.IntegerField(default=1000)

    class Meta:
        ordering = ["rank", "name"]
        constraints = [models.UniqueConstraint(fields=["unit", "name"], name="division_once_in_unit")]

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """岗位. Rights, seats and open work belong to the post; whoever is appointed to it has them."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    code = models.CharField(max_length=64, unique=True, default=own_code, help_text="stable key of imports")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="posts")
    division = models.ForeignKey(Division, models.SET_NULL, null=True, blank=True, related_name="posts")
    title = models.CharField(max_length=80)
    role = models.CharField(max_length=24, choices=PostRole.choices, default=PostRole.MEMBER)
    rank = models.IntegerField(default=1000)
    field_of_work = models.CharField(max_length=200, blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["rank", "code"]
        indexes = [
            models.Index(fields=["unit", "rank"], name="post_unit_rank"),
            models.Index(fields=["role"], name="post_role"),
        ]

    def __str__(self) -> str:
        return self.title

"""All models of the directory, one file per noun."""

from directory.store.models.access import Device, DeviceKind, FirstAdminLink, LoginFailure, PhoneReveal
from directory.store.models.organisation import (
    Division,
    Level,
    OrganKind,
    Post,
    PostRole,
    Region,
    Unit,
    UnitKind,
    UnitName,
)
from directory.store.models.people import (
    Appointment,
    AppointmentKind,
    RelationKind,
    Staff,
    StaffKind,
    UnitRelation,
)

__all__ = [
    "Appointment",
    "AppointmentKind",
    "Device",
    "DeviceKind",
    "Division",
    "FirstAdminLink",
    "Level",
    "LoginFailure",
    "OrganKind",
    "PhoneReveal",
    "Post",
    "PostRole",
    "Region",
    "RelationKind",
    "Staff",
    "StaffKind",
    "Unit",
    "UnitKind",
    "UnitName",
    "UnitRelation",
]

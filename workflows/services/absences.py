"""AB角: who stands in while somebody is away; set by the person, or by the head or office of the unit."""

from datetime import date, timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import BaseModel

from chatops.services import admission
from common import audit, clock, ids
from common.errors import BadInputError, ForbiddenError, NotFoundError
from directory.actors import Actor
from directory.services.rights import Scope, may
from workflows.rules.working_days import chinese_day
from workflows.services import people
from workflows.services.deeds import once
from workflows.services.stamps import stamp
from workflows.store import absences as store
from workflows.store import people as people_store
from workflows.store.models import Absence

VERB = "absence.manage"
LONGEST_DAYS = 366
MAX_NOTE = 200


class AbsentPersonOut(BaseModel):
    user_id: str
    name: str


class AbsenceOut(BaseModel):
    """`state` is coming, now, over or called_off."""

    id: UUID
    person: AbsentPersonOut
    acting: AbsentPersonOut
    starts_on: date
    ends_on: date
    note: str
    state: str
    by_name: str
    mine: bool
    abilities: dict[str, bool]


class AbsencesOut(BaseModel):
    items: list[AbsenceOut]


def list_mine(actor: Actor, *, user_id: str = "") -> AbsencesOut:
    """One's own and those in which one stands in, of the last month and ahead; or of a person of one's unit.

    Raises: NotFoundError, BadInputError (unknown person).
    """
    who = people.active_person(user_id, field="user_id").staff_id if user_id else actor.staff_id
    if who != actor.staff_id and not _may_set(actor, who):
        raise NotFoundError
    rows = store.listed([who], clock.today() - timedelta(days=31))
    return AbsencesOut(items=[_out(actor, row) for row in rows])


def _may_set(actor: Actor, staff_id: int) -> bool:
    return any(
        may(actor, VERB, Scope(unit_id=unit, owner_staff_id=staff_id))
        for unit in people_store.units_of(staff_id, clock.today())
    )


def check_set(
    *,
    actor: Actor,
    user_id: str,
    acting: str,
    starts_on: date,
    ends_on: date,
    note: str = "",
    key: str | None = None,
) -> AbsenceOut:
    """Say who is away and who stands in. `user_id` empty: oneself.

    Raises:
        ForbiddenError: somebody of another unit.
        BadInputError: impossible days, two absences at once, oneself as acting person, or somebody of another unit.
        SecrecyRefusedError.
    """
    person = people.active_person(user_id or actor.user_id, field="user_id")
    other = people.active_person(acting, field="acting")
    if not _may_set(actor, person.staff_id):
        raise ForbiddenError(
            message=_("只能为本人设置代班，或由本单位负责人、办公室代为设置。"), verb=VERB, reason="post"
        )
    note = note.strip()
    if len(note) > MAX_NOTE:
        raise BadInputError(field="note", message=_("说明不超过200个字，请压缩。"))
    admission.check(note, actor=actor, where="reason")
    _check(person, other, starts_on, ends_on)

    def deed() -> AbsenceOut:
        if known := store.overlapping(person.staff_id, starts_on, ends_on):
            raise BadInputError(
                field="starts_on",
                message=_("{first}至{last}已由{name}代班，请先取消或错开日期。").format(
                    first=chinese_day(known.starts_on),
                    last=chinese_day(known.ends_on),
                    name=known.acting.name,
                ),
            )
        row = Absence.objects.create(
            staff_id=person.staff_id,
            acting_id=other.staff_id,
            starts_on=starts_on,
            ends_on=ends_on,
            note=note,
            **stamp(actor, clock.now()),
        )
        new = {"acting": other.name, "starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()}
        audit.record(actor=actor, verb="absence.set", subject="staff", subject_id=person.staff_id, new=new)
        found = store.find(row.pk)
        assert found is not None  # noqa: S101 - made a line above
        return _out(actor, found)

    return once(
        actor=actor, key=key, verb="absence.set", subject_id=person.staff_id, answer=AbsenceOut, deed=deed
    )


def _check(person: people.Person, other: people.Person, starts_on: date, ends_on: date) -> None:
    today = clock.today()
    if ends_on < starts_on:
        raise BadInputError(field="ends_on", message=_("结束日期早于开始日期，请改正。"))
    if ends_on < today:
        raise BadInputError(field="ends_on", message=_("结束日期已过，请选择今天或以后。"))
    if (ends_on - starts_on).days > LONGEST_DAYS:
        raise BadInputError(field="ends_on", message=_("代班最长一年，请选择更早的结束日期。"))
    if person.staff_id == other.staff_id:
        raise BadInputError(field="acting", message=_("代班人不能是本人，请选择其他人员。"))
    shared = people_store.units_of(person.staff_id, today) & people_store.units_of(other.staff_id, today)
    if not shared:
        raise BadInputError(field="acting", message=_("代班人须与本人同单位，请选择本单位人员。"))


def check_call_off(*, actor: Actor, absence_id: UUID, key: str | None = None) -> AbsenceOut:
    """取消 from today on. Raises NotFoundError, ForbiddenError."""
    row = store.find(absence_id)
    if row is None or not (_may_set(actor, row.staff_id) or actor.staff_id in {row.staff_id, row.acting_id}):
        raise NotFoundError
    if not _may_set(actor, row.staff_id):
        raise ForbiddenError(message=_("代班由本人或本单位负责人、办公室取消，请联系对方。"), verb=VERB)

    def deed() -> AbsenceOut:
        if row.ended_on is None:
            row.ended_on = clock.today()
            row.save(update_fields=["ended_on"])
            audit.record(actor=actor, verb="absence.call_off", subject="staff", subject_id=row.staff_id)
        return _out(actor, row)

    return once(
        actor=actor, key=key, verb="absence.call_off", subject_id=absence_id, answer=AbsenceOut, deed=deed
    )


def _out(actor: Actor, row: Absence) -> AbsenceOut:
    today = clock.today()
    if row.ended_on is not None:
        state = "called_off"
    else:
        state = "coming" if row.starts_on > today else "over" if row.ends_on < today else "now"
    return AbsenceOut(
        id=row.pk,
        person=AbsentPersonOut(user_id=ids.user_id(row.staff.staff_number), name=row.staff.name),
        acting=AbsentPersonOut(user_id=ids.user_id(row.acting.staff_number), name=row.acting.name),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        note=row.note,
        state=state,
        by_name=row.by_name,
        mine=row.staff_id == actor.staff_id,
        abilities={"call_off": state in {"coming", "now"} and _may_set(actor, row.staff_id)},
    )

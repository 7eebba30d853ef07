"""授权委托: for a time, somebody else may decide; both names are shown. It ends by itself, or when it is called off."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import BaseModel

from chatops.services import admission
from chatops.services.tell import tell_people
from common import audit, clock, ids
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor
from workflows.approvals.views import CasePersonOut
from workflows.services import people
from workflows.services.deeds import once
from workflows.services.stamps import stamp
from workflows.store import approvals as store
from workflows.store import people as posts
from workflows.store.models import Delegation

LONGEST = timedelta(days=366)
MAX_REASON = 200


class DelegationOut(BaseModel):
    """`state`: coming, now, over or called_off. `processes`: keys, [] for all."""

    id: UUID
    person: CasePersonOut
    to: CasePersonOut
    processes: list[str]
    starts_at: datetime
    ends_at: datetime
    reason: str
    state: str
    mine: bool


def list_mine(actor: Actor) -> list[DelegationOut]:
    """Given and held, newest first."""
    return [_out(actor, row) for row in store.delegations_of(actor.staff_id)]


def check_delegate(
    *,
    actor: Actor,
    to: str,
    starts_at: datetime | None,
    ends_at: datetime,
    processes: list[str],
    reason: str,
    key: str | None = None,
) -> DelegationOut:
    """Let somebody decide for oneself. Only for oneself: an absent person's head sets an acting person (代班).

    Raises: BadInputError: oneself, unknown person or process, impossible times, one already holds. SecrecyRefusedError.
    """
    now = clock.now()
    begins = max(starts_at or now, now)
    other = people.active_person(to, field="to")
    reason = reason.strip()
    if other.staff_id == actor.staff_id:
        raise BadInputError(field="to", message=_("不能委托给本人，请选择其他人员。"))
    if not posts.units_of(other.staff_id, clock.today()):
        raise BadInputError(field="to", message=_("{name}没有任职，不能接受委托。").format(name=other.name))
    if ends_at.tzinfo is None or ends_at <= begins:
        raise BadInputError(field="ends_at", message=_("结束时间须晚于开始时间和现在。"))
    if ends_at - begins > LONGEST:
        raise BadInputError(field="ends_at", message=_("委托最长一年，请选择更早的结束时间。"))
    if len(reason) > MAX_REASON:
        raise BadInputError(
            field="reason", message=_("说明不超过{most}个字，请压缩。").format(most=MAX_REASON)
        )
    admission.check(reason, actor=actor, where="reason")
    wanted = list(dict.fromkeys(processes))
    if unknown := [one for one in wanted if store.find_process(one) is None]:
        words = _("没有这些流程：{keys}，请从列表中选择。")
        raise BadInputError(field="processes", message=words.format(keys=_("、").join(unknown)))

    def deed() -> DelegationOut:
        for known in store.delegations_between(actor.staff_id, begins, ends_at):
            if not known.processes or not wanted or set(known.processes) & set(wanted):
                words = _("这段时间已委托{name}，请先取消或错开时间。")
                raise BadInputError(field="starts_at", message=words.format(name=known.to.name))
        row = Delegation.objects.create(
            staff_id=actor.staff_id, to_id=other.staff_id, processes=wanted, starts_at=begins, ends_at=ends_at,
            reason=reason, **stamp(actor, now),
        )  # fmt: skip
        audit.record(
            actor=actor, verb="delegation.set", subject="staff", subject_id=actor.staff_id,
            new={"to": other.name, "from": begins.isoformat(), "until": ends_at.isoformat(), "processes": wanted},
        )  # fmt: skip
        tell_people([actor.staff_id, other.staff_id], "pending")
        return _out(actor, store.find_delegation(row.pk) or row)

    return once(
        actor=actor,
        key=key,
        verb="delegation.set",
        subject_id=actor.staff_id,
        answer=DelegationOut,
        deed=deed,
    )


def check_call_off(*, actor: Actor, delegation_id: UUID, key: str | None = None) -> DelegationOut:
    """取消 from now on, by who gave it or who holds it. Raises NotFoundError."""
    row = store.find_delegation(delegation_id)
    if row is None or actor.staff_id not in {row.staff_id, row.to_id}:
        raise NotFoundError

    def deed() -> DelegationOut:
        if row.ended_at is None:
            row.ended_at = clock.now()
            row.save(update_fields=["ended_at"])
            audit.record(actor=actor, verb="delegation.call_off", subject="staff", subject_id=row.staff_id)
            tell_people([row.staff_id, row.to_id], "pending")
        return _out(actor, row)

    return once(
        actor=actor,
        key=key,
        verb="delegation.call_off",
        subject_id=delegation_id,
        answer=DelegationOut,
        deed=deed,
    )


def _out(actor: Actor, row: Delegation) -> DelegationOut:
    now = clock.now()
    if row.ended_at is not None:
        state = "called_off"
    else:
        state = "coming" if row.starts_at > now else "over" if row.ends_at <= now else "now"
    return DelegationOut(
        id=row.pk,
        person=CasePersonOut(user_id=ids.user_id(row.staff.staff_number), name=row.staff.name),
        to=CasePersonOut(user_id=ids.user_id(row.to.staff_number), name=row.to.name),
        processes=row.processes, starts_at=row.starts_at, ends_at=row.ends_at, reason=row.reason, state=state,
        mine=row.staff_id == actor.staff_id,
    )  # fmt: skip

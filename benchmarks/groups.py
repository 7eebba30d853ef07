"""A thousand groups of fifty from a template: 250 forces of four rooms each, founded one after another."""

from time import perf_counter

from benchmarks.ledgers import Timed
from directory.services import devices, lookup, tree
from directory.store.models import Appointment, Level, Post, PostRole, Region, Staff, Unit

UNITS, ROOMS_OF_ONE = 48, 4  # with the lead and the office, fifty people in each room
TEMPLATE = "project"  # three work groups beside the force's own room


def _city() -> tuple[str, list[Unit]]:
    """A leader, an office and 48 units with a liaison each; the leader's secret."""
    region, _made = Region.objects.get_or_create(
        code="4212", defaults={"name": "咸宁市", "level": Level.PREFECTURE}
    )
    units = Unit.objects.bulk_create(
        Unit(
            code=f"group{n}",
            name=f"成员单位{n}",
            short_name=f"单位{n}",
            level=Level.PREFECTURE,
            region=region,
        )
        for n in range(UNITS)
    )
    roles = [(unit, PostRole.LIAISON) for unit in units] + [
        (units[0], PostRole.LEADER),
        (units[0], PostRole.OFFICE),
    ]
    staff = Staff.objects.bulk_create(
        Staff(staff_number=f"g{n:03}", name=f"人员{n}", password="!") for n in range(len(roles))
    )
    posts = Post.objects.bulk_create(
        Post(code=f"group.{n}", unit=unit, role=role, title="岗位") for n, (unit, role) in enumerate(roles)
    )
    Appointment.objects.bulk_create(
        Appointment(staff=one, post=post, is_primary=True) for one, post in zip(staff, posts, strict=True)
    )
    for cache in (lookup, tree):
        cache.drop()
    return devices.open_device(staff[UNITS], kind="web").secret, units


def measure(groups: int) -> list[Timed]:
    from chatops.store.models import Membership
    from common import clock
    from workflows.taskforces.templates import check_found_from_template

    secret, units = _city()
    leader = devices.actor_for_secret(secret, "web")
    ends_on = clock.today().replace(month=12, day=31)
    before = Membership.objects.count()
    start = perf_counter()
    for number in range(groups // ROOMS_OF_ONE):
        check_found_from_template(
            actor=leader,
            template=TEMPLATE,
            name=f"项目专班{number}",
            basis="咸政办发〔2026〕7号",
            unit_ids=[unit.pk for unit in units],
            ends_on=ends_on,
        )
    took = perf_counter() - start
    seats = Membership.objects.count() - before
    figures = {
        "people in each": str(seats // groups),
        "s": f"{took:.1f}",
        "ms a group": f"{1000 * took / groups:.0f}",
    }
    return [Timed(f"{groups} groups from a template", figures)]

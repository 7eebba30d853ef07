"""Signing in by any door: the secret, the delays, the acting post, the device list."""

import threading
from datetime import timedelta

import psycopg
import pytest
from django.db import connections

from common import clock, events
from common.errors import NotFoundError, SignedOutError
from common.store.models import AuditEntry
from directory.errors import (
    AccountLockedError,
    ActingNotHeldError,
    LockedOutError,
    PasswordChangeNeededError,
    SignInRefusedError,
)
from directory.events import DeviceRevoked
from directory.hashers import LeanArgon2Hasher
from directory.services import devices, lockout
from directory.store.models import Device, LoginFailure, Staff, UnitName
from tests.directory.conftest import PASSWORD


def enter(number="h1", password=PASSWORD, **more):
    return devices.sign_in(staff_number=number, password=password, **{"kind": "web", **more})


@pytest.fixture
def heard():
    """Events of one kind, as upper floors get them."""
    kept: list[DeviceRevoked] = []
    events.subscribe(DeviceRevoked, kept.append)
    yield kept
    events._subscribers[DeviceRevoked].remove(kept.append)


def test_sign_in_acts_as_the_primary_post(people):
    entered = enter("H1 ", addr="10.0.0.1")
    actor = devices.actor_for_secret(entered.secret, "web")
    assert (actor.staff_number, actor.post_role, actor.unit_short_name) == ("h1", "head", "市政务和大数据局")
    assert actor.user_id == "@h1:tongzhou.localhost"
    assert entered.device.last_seen_addr == "10.0.0.1"
    stored = bytes(Device.objects.get().secret_hash or b"")
    assert len(stored) == 32
    assert entered.secret.encode() not in stored
    entry = AuditEntry.objects.get(verb="session.sign_in")
    assert (entry.staff_number, entry.post_title) == ("h1", "局长")


@pytest.mark.parametrize(
    ("number", "password"), [("h1", "wrong"), ("nobody", PASSWORD), ("h1", ""), ("h1", "x" * 5000)]
)
def test_wrong_number_and_wrong_password_look_alike(people, number, password):
    with pytest.raises(SignInRefusedError) as refused:
        enter(number, password)
    assert "工号或密码不正确" in refused.value.user_message()
    assert not Device.objects.exists()


def test_unknown_numbers_cost_as_many_hashes(people, settings, monkeypatch):
    """An answer that came without the slow hash would tell which numbers exist."""
    settings.PASSWORD_HASHERS = ["directory.hashers.LeanArgon2Hasher"]
    staff = Staff.objects.get(staff_number="h1")
    staff.set_password(PASSWORD)
    staff.save()
    hashed: list[str] = []

    def counted(name, slow):
        def hashes(self, *given, **named):
            hashed.append(name)
            return slow(self, *given, **named)

        return hashes

    for name in ("encode", "verify"):
        monkeypatch.setattr(LeanArgon2Hasher, name, counted(name, getattr(LeanArgon2Hasher, name)))

    def cost(number):
        hashed.clear()
        with pytest.raises(SignInRefusedError):
            enter(number, "wrong-password")
        return len(hashed)

    assert cost("h1") == cost("nobody") == 1


def test_a_locked_or_closed_account_is_told_only_with_the_right_password(people):
    Staff.objects.filter(staff_number="h1").update(locked_until=clock.now() + timedelta(days=1))
    with pytest.raises(AccountLockedError):
        enter()
    with pytest.raises(SignInRefusedError):
        enter(password="wrong")
    Staff.objects.filter(staff_number="h1").update(locked_until=None, is_active=False)
    with pytest.raises(AccountLockedError):
        enter()


def test_the_same_device_id_is_the_same_device_with_a_new_secret(people):
    first = enter(device_id="phone")
    second = enter(device_id="phone")
    assert first.device.pk == second.device.pk
    with pytest.raises(SignedOutError):
        devices.actor_for_secret(first.secret, "web")
    assert devices.actor_for_secret(second.secret, "web").device_id == second.device.pk


def test_sessions_expire(people, settings):
    entered = enter()
    later = clock.now() + timedelta(days=settings.SESSION_DAYS, seconds=1)
    with clock.travel(later), pytest.raises(SignedOutError):
        devices.actor_for_secret(entered.secret, "web")


def test_sign_out_and_revoke(people, heard):
    first, second, other = enter(), enter(), enter("l1")
    actor = devices.actor_for_secret(first.secret, "web")
    assert {each.pk for each in devices.list_devices(actor)} == {first.device.pk, second.device.pk}
    with pytest.raises(NotFoundError):
        devices.revoke(actor=actor, device_pk=other.device.pk)
    devices.revoke(actor=actor, device_pk=second.device.pk)
    devices.sign_out(first.device.pk, actor=actor)
    devices.sign_out(first.device.pk, actor=actor)
    assert [each.device_pk for each in heard] == [second.device.pk, first.device.pk]
    for entered in (first, second):
        with pytest.raises(SignedOutError):
            devices.actor_for_secret(entered.secret, "web")
    assert devices.actor_for_secret(other.secret, "web").staff_number == "l1"


def test_acting_as_another_post_holds_for_the_device_only(people, city, appoint):
    second = appoint("h1", "单清远", city.water, "deputy_head", "副局长", is_primary=False, kind="concurrent")
    one, two = enter(), enter()
    actor = devices.actor_for_secret(one.secret, "web")
    switched = devices.switch_acting(actor=actor, appointment_id=second.pk, secret=one.secret)
    assert switched.post_role == "deputy_head"
    assert devices.actor_for_secret(one.secret, "socket").unit_id == city.water.pk
    assert devices.actor_for_secret(two.secret, "socket").unit_id == city.data.pk
    assert devices.actor_for_secret(two.secret, "web", acting=second.pk).unit_id == city.water.pk
    back = devices.switch_acting(actor=switched, appointment_id=None, secret=one.secret)
    assert back.unit_id == city.data.pk
    with pytest.raises(ActingNotHeldError):
        devices.actor_for_secret(one.secret, "web", acting=people.liaison.pk)


def test_a_post_that_has_ended_gives_nothing(people, today):
    entered = enter()
    people.head.valid_to = today
    people.head.save()
    actor = devices.actor_for_secret(entered.secret, "web")
    assert (actor.post_id, actor.post_role, actor.unit_id) == (None, "", None)


def test_the_unit_has_the_name_of_that_day(people, city, today):
    entered = enter()
    UnitName.objects.create(
        unit=city.data,
        name="咸宁市行政审批局",
        valid_from=today - timedelta(days=900),
        valid_to=today - timedelta(days=1),
    )
    assert devices.actor_for_secret(entered.secret, "web").unit_name == city.data.name
    with clock.travel(clock.now() - timedelta(days=300)):
        assert devices.actor_for_secret(entered.secret, "web").unit_name == "咸宁市行政审批局"


def test_a_temporary_password_opens_the_web_door_only(people):
    Staff.objects.filter(staff_number="h1").update(must_change_password=True)
    entered = enter()
    assert devices.actor_for_secret(entered.secret, "web").must_change_password
    for door in ("socket", "matrix"):
        with pytest.raises(PasswordChangeNeededError):
            devices.actor_for_secret(entered.secret, door)
    with pytest.raises(PasswordChangeNeededError):
        enter(kind="matrix")


def test_a_bot_has_one_device_and_one_token(people):
    Staff.objects.create_staff("duban", "督办助手", kind="bot")
    first = devices.issue_bot_token("duban")
    second = devices.issue_bot_token("duban")
    actor = devices.actor_for_secret(second, "matrix")
    assert (actor.kind, actor.door, actor.post_id) == ("bot", "bot", None)
    assert Device.objects.get(staff__staff_number="duban").device_id == "BOT"
    with pytest.raises(SignedOutError):
        devices.actor_for_secret(first, "matrix")
    with pytest.raises(NotFoundError):
        devices.issue_bot_token("h1")


def test_one_query_tells_who_calls(people, django_assert_num_queries):
    entered = enter()
    with django_assert_num_queries(1):
        devices.actor_for_secret(entered.secret, "web")


@pytest.mark.django_db(transaction=True)
async def test_the_statement_runs_on_a_connection_without_the_orm(people, settings):
    """As the live socket and the Matrix door run it."""
    from common.aio import call_service

    entered = await call_service(enter)
    async with await psycopg.AsyncConnection.connect(settings.DATABASE_URL) as pool:
        cursor = await pool.execute(
            devices.ACTORS_BY_SECRETS_SQL, devices.actor_params((entered.secret, None))
        )
        actor = devices.actor_from_row(await cursor.fetchone(), "socket")
        unknown = await pool.execute(devices.ACTORS_BY_SECRETS_SQL, devices.actor_params(("guess", None)))
        with pytest.raises(SignedOutError):
            devices.actor_from_row(await unknown.fetchone(), "socket")
    assert (actor.staff_number, actor.post_role, actor.door) == ("h1", "head", "socket")


def test_delays_grow_for_one_place(people):
    moment = clock.now()
    waits = []
    for _ in range(4):
        with clock.travel(moment), pytest.raises(SignInRefusedError):
            enter(password="wrong", addr="10.0.0.7")
    for _ in range(8):
        with clock.travel(moment), pytest.raises(SignInRefusedError):
            enter(password="wrong", addr="10.0.0.7")
        with clock.travel(moment), pytest.raises(LockedOutError) as refused:
            enter(addr="10.0.0.7")
        waits.append(round(refused.value.retry_after_ms / 1000))
        moment += timedelta(milliseconds=refused.value.retry_after_ms + 1)
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]
    with clock.travel(moment):
        assert enter(addr="10.0.0.7")
        assert not LoginFailure.objects.filter(key__startswith="pair:").exists()


def test_strangers_cannot_keep_a_person_out(people):
    """Guesses from many addresses: the usual place is not delayed at all, a new one at most a minute."""
    enter(addr="10.0.0.1")
    for n in range(40):
        with pytest.raises((SignInRefusedError, LockedOutError)):
            enter(password="wrong", addr=f"203.0.113.{n}")
    assert enter(addr="10.0.0.1")
    with pytest.raises(LockedOutError) as refused:
        enter(addr="198.51.100.1")
    assert refused.value.retry_after_ms <= 60_001


def test_one_place_that_tries_many_accounts_is_slowed(people):
    refusals = []
    for n in range(70):
        with pytest.raises((SignInRefusedError, LockedOutError)) as refused:
            enter(f"guess{n}", "wrong", addr="203.0.113.9")
        refusals.append(refused.type)
    assert refusals.count(SignInRefusedError) == 61
    with pytest.raises(LockedOutError):
        enter("guess0", "wrong", addr="203.0.113.9")
    assert enter(addr="203.0.113.10")


def test_right_passwords_do_not_use_up_the_free_tries(people):
    for _ in range(100):
        enter(addr="10.0.0.1")
    counters = dict(LoginFailure.objects.values_list("key", "failures"))
    assert all(failures <= 1 for failures in counters.values()), counters


def test_neighbours_in_one_ipv6_network_are_one_place(people):
    for n in range(5):
        with pytest.raises(SignInRefusedError):
            enter(password="wrong", addr=f"2001:db8:1:2::{n}")
    with pytest.raises(LockedOutError):
        enter(addr="2001:db8:1:2::99")


@pytest.mark.django_db(transaction=True)
def test_tries_at_once_are_counted_one_by_one(people):
    outcomes = []

    def attempt():
        try:
            lockout.count_attempt("h1", "10.0.0.7")
            outcomes.append("passed")
        except LockedOutError:
            outcomes.append("locked")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("passed") == 5
    assert outcomes.count("locked") == 7


def test_without_an_address_nobody_shares_a_counter(people):
    """A proxy that does not tell addresses makes all clients look alike."""
    for n in range(80):
        with pytest.raises(SignInRefusedError):
            enter(f"guess{n}", "wrong", addr="")
    for _ in range(20):
        with pytest.raises(SignInRefusedError):
            enter(password="wrong", addr="")
    assert enter(addr="")


def test_counters_rest_and_are_swept(people):
    for _ in range(3):
        with pytest.raises(SignInRefusedError):
            enter(password="wrong", addr="10.0.0.1")
    with clock.travel(clock.now() + timedelta(hours=2)):
        with pytest.raises(SignInRefusedError):
            enter(password="wrong", addr="10.0.0.1")
        assert LoginFailure.objects.get(key__startswith="pair:").failures == 1
    with clock.travel(clock.now() + timedelta(days=3)):
        assert lockout.sweep() == 3

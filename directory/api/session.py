"""REST: signing in and out, acting as a post, one's password and devices."""

from django.conf import settings
from django.http import HttpResponse
from django.middleware.csrf import get_token, rotate_token
from ninja import Router, Status

from common.errors import SignedOutError
from directory.api.auth import anyone, signed_in_temporarily
from directory.api.schemas import (
    ActingIn,
    DeviceOut,
    DevicesOut,
    ErrorOut,
    FirstAdminIn,
    HeldPost,
    MeOut,
    PasswordIn,
    PersonaIn,
    PersonaOut,
    PersonasOut,
    SignInIn,
)
from directory.middleware import secret_of
from directory.requests import ApiRequest
from directory.services import demo_accounts, devices, first_admin, me, passwords
from directory.services.devices import SignedIn
from directory.store.models import Appointment

router = Router(tags=["session"])
REFUSALS = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut, 429: ErrorOut}


def me_out(known: me.Me, device_id: str) -> MeOut:
    actor = known.actor
    return MeOut(
        user_id=actor.user_id,
        staff_number=actor.staff_number,
        name=actor.name,
        device_id=device_id,
        appointments=[held_post(each) for each in known.appointments],
        acting=known.acting,
        must_change_password=actor.must_change_password,
        demo=known.demo,
        roles=known.roles,
        verbs=known.verbs,
    )


def held_post(appointment: Appointment) -> HeldPost:
    post = appointment.post
    return HeldPost(
        id=appointment.pk,
        post_id=post.pk,
        post_title=post.title,
        post_role=post.role,
        unit_id=post.unit_id,
        unit_name=post.unit.name,
        unit_short_name=post.unit.display_name,
        kind=appointment.kind,
        is_primary=appointment.is_primary,
        valid_to=appointment.valid_to,
    )


def _let_in(request: ApiRequest, response: HttpResponse, entered: SignedIn) -> MeOut:
    """Set the cookie and answer who is in. A fresh CSRF token: one from before signing in is not kept."""
    response.set_cookie(
        settings.SESSION_COOKIE,
        entered.secret,
        max_age=settings.SESSION_DAYS * 86_400,
        httponly=True,
        secure=settings.HTTPS,
        samesite="Lax",
    )
    rotate_token(request)
    actor = devices.actor_for_secret(entered.secret, "web")
    return me_out(me.describe(actor), entered.device.device_id)


@router.post("/session", auth=anyone, response={200: MeOut, **REFUSALS}, summary="Sign in")
def sign_in(request: ApiRequest, response: HttpResponse, body: SignInIn) -> MeOut:
    entered = devices.sign_in(
        staff_number=body.staff_number,
        password=body.password,
        kind="web",
        device_id=body.device_id,
        display_name=body.display_name or request.headers.get("User-Agent", ""),
        addr=request.client_addr,
    )
    return _let_in(request, response, entered)


@router.get("/session", auth=None, response={200: MeOut, **REFUSALS}, summary="Who is signed in")
def who(request: ApiRequest) -> MeOut:
    """Also sets the CSRF cookie, for the sign-in page too."""
    get_token(request)
    if request.actor_error is not None:
        raise request.actor_error
    if request.actor is None:
        raise SignedOutError
    return me_out(me.describe(request.actor), devices.public_device_id(request.actor))


@router.delete("/session", auth=signed_in_temporarily, response={204: None, **REFUSALS}, summary="Sign out")
def sign_out(request: ApiRequest, response: HttpResponse) -> Status[None]:
    if request.actor.device_id is not None:
        devices.sign_out(request.actor.device_id, actor=request.actor)
    response.delete_cookie(settings.SESSION_COOKIE, samesite="Lax")
    return Status(204, None)


@router.post("/session/acting", response={200: MeOut, **REFUSALS}, summary="Act as another of one's posts")
def act_as(request: ApiRequest, body: ActingIn) -> MeOut:
    """Holds for this device until changed; null goes back to the primary post."""
    actor = devices.switch_acting(
        actor=request.actor, appointment_id=body.appointment_id, secret=secret_of(request)
    )
    return me_out(me.describe(actor), devices.public_device_id(actor))


@router.post(
    "/session/password",
    auth=signed_in_temporarily,
    response={204: None, **REFUSALS},
    summary="Change one's password",
)
def change_password(request: ApiRequest, body: PasswordIn) -> Status[None]:
    """Signs out all other devices."""
    passwords.change_own(actor=request.actor, old=body.old, new=body.new, addr=request.client_addr)
    return Status(204, None)


@router.get("/session/devices", response={200: DevicesOut, **REFUSALS}, summary="One's devices")
def list_devices(request: ApiRequest) -> DevicesOut:
    items = [
        DeviceOut(
            id=each.pk,
            kind=each.kind,
            display_name=each.display_name,
            created_at=each.created_at,
            last_seen_on=each.last_seen_on,
            last_seen_addr=each.last_seen_addr,
            expires_at=each.expires_at,
            is_this=each.pk == request.actor.device_id,
        )
        for each in devices.list_devices(request.actor)
    ]
    return DevicesOut(items=items)


@router.delete(
    "/session/devices/{device_pk}", response={204: None, **REFUSALS}, summary="Sign out one of one's devices"
)
def revoke(request: ApiRequest, device_pk: int) -> Status[None]:
    devices.revoke(actor=request.actor, device_pk=device_pk)
    return Status(204, None)


@router.get(
    "/session/personas", auth=None, response={200: PersonasOut, **REFUSALS}, summary="The demo's six tiles"
)
def list_personas(request: ApiRequest) -> PersonasOut:
    """Demo and loopback only; 404 otherwise."""
    get_token(request)
    demo_accounts.check_may_play(request.client_addr)
    return PersonasOut(items=[PersonaOut.from_orm(each) for each in demo_accounts.personas()])


@router.post("/session/persona", auth=anyone, response={200: MeOut, **REFUSALS}, summary="Play a persona")
def play(request: ApiRequest, response: HttpResponse, body: PersonaIn) -> MeOut:
    entered = demo_accounts.sign_in_as(
        body.key,
        addr=request.client_addr,
        device_id=body.device_id,
        display_name=request.headers.get("User-Agent", ""),
    )
    return _let_in(request, response, entered)


@router.post(
    "/session/first-admin", auth=anyone, response={200: MeOut, **REFUSALS}, summary="Spend the one-time link"
)
def make_first_admin(request: ApiRequest, response: HttpResponse, body: FirstAdminIn) -> MeOut:
    entered = first_admin.create(
        token=body.token,
        staff_number=body.staff_number,
        name=body.name,
        password=body.password,
        addr=request.client_addr,
        device_id=body.device_id,
    )
    return _let_in(request, response, entered)

"""Cross-signing: whose devices are whose, vouched for by the people themselves (C-S API, "Cross-signing").

Nothing is encrypted here and nothing trusted: the server keeps public keys and signatures, checks that a signature fits
its key, and hands them out. What somebody has signed of others is told to nobody else.
"""

from base64 import b64decode
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from chatops.matrix.endpoints.proof import need_proof
from chatops.matrix.errors import MatrixError, bad_json, invalid_param
from chatops.matrix.requests import Json, Request
from chatops.store.matrix import keys as key_store
from chatops.store.matrix import signing as store
from common.ids import staff_number_of, user_id

USAGES = ("master", "self_signing", "user_signing")
MOST_SIGNED = 2_000  # people and devices that one person vouches for
MOST_BYTES = 8_192  # of one key with its signatures


async def upload(request: Request) -> Json:
    """The three public keys. A password is asked for only where other keys are there already, as since version 1.11."""
    body = await request.json()
    given = {
        usage: _key(request, body[f"{usage}_key"], usage) for usage in USAGES if body.get(f"{usage}_key")
    }
    pool, staff = request.delivery.pool, request.actor
    known = (await store.find(pool, [staff.staff_number])).get(staff.staff_number, {})
    if known and any(_bare(known.get(usage)) != _bare(key) for usage, key in given.items()):
        await need_proof(request, body)
    master = given.get("master") or known.get("master")
    for usage, key in given.items():
        if master is None:
            raise invalid_param("There is no master key to sign these keys")
        if usage != "master" and not _is_signed(key, user=staff.user_id, by=master):
            raise MatrixError(400, "M_INVALID_SIGNATURE", f"{usage}_key is not signed by the master key")

    def put(before: Json) -> Json:
        changed = {
            **before,
            **{usage: key for usage, key in given.items() if _bare(before.get(usage)) != _bare(key)},
        }
        if _bare(before.get("master")) != _bare(changed.get("master")):
            changed = {**given}  # begun anew: what the old keys vouched for is over
        elif _bare(before.get("user_signing")) != _bare(changed.get("user_signing")):
            own = before.get("signed", {}).get(staff.user_id)
            changed["signed"] = {staff.user_id: own} if own else {}
        return changed

    if given:
        await store.update(pool, staff.staff_id, put)
        request.delivery.drain.nudge()
    return {}


def _key(request: Request, given: Any, usage: str) -> Json:
    """One of the three, if it is of the right form. Raises MatrixError."""
    if not isinstance(given, dict):
        raise bad_json(f"{usage}_key must be an object")
    keys = given.get("keys")
    fits = (
        given.get("user_id") == request.actor.user_id
        and given.get("usage") == [usage]
        and isinstance(keys, dict)
        and len(keys) == 1
        and all(name == f"ed25519:{key}" for name, key in keys.items())
        and len(orjson.dumps(given)) <= MOST_BYTES
    )
    if not fits or _public(given) is None:
        raise invalid_param(f"{usage}_key must be one ed25519 key of this user for this usage")
    return given


async def upload_signatures(request: Request) -> Json:
    """Own devices and master key, and other people's master keys, as the person signed them."""
    body = await request.json()
    pool, me = request.delivery.pool, request.actor
    if sum(len(table) if isinstance(table, dict) else 1 for table in body.values()) > MOST_SIGNED:
        raise invalid_param(f"More than {MOST_SIGNED} signatures at once")
    numbers = [number for user in body if (number := staff_number_of(user))]
    known = await store.find(pool, [*numbers, me.staff_number])
    own = known.get(me.staff_number, {})
    mine = await key_store.device_keys(pool, [me.staff_number])
    signers = _signers(own, mine)
    targets = {(me.user_id, device): keys for _number, device, _display, keys in mine}
    masters = {number: keys["master"] for number, keys in known.items() if "master" in keys}
    targets |= {(user_id(number), _public_name(key)): key for number, key in masters.items()}
    failures: dict[str, dict[str, Json]] = {}
    taken: dict[str, dict[str, dict[str, str]]] = {}
    for user, table in body.items():
        if not isinstance(table, dict):
            raise bad_json("The body must be a table of user ids to tables of keys")
        for name, signed in table.items():
            failure = _failure(signed, targets.get((user, name)), me.user_id, signers)
            if failure is None:
                taken.setdefault(user, {})[name] = _signatures(signed, me.user_id)
            else:
                failures.setdefault(user, {})[name] = failure
    if taken:
        await store.update(pool, me.staff_id, lambda before: _added(before, taken))
        request.delivery.drain.nudge()
    return {"failures": failures}


def _added(before: Json, taken: dict[str, dict[str, dict[str, str]]]) -> Json:
    """Raises MatrixError M_INVALID_PARAM beyond what one person may vouch for."""
    signed = {user: dict(table) for user, table in before.get("signed", {}).items()}
    for user, table in taken.items():
        of = signed.setdefault(user, {})
        for name, fresh in table.items():
            of[name] = {**of.get(name, {}), **fresh}
    if sum(len(table) for table in signed.values()) > MOST_SIGNED:
        raise invalid_param(f"Nobody can vouch for more than {MOST_SIGNED} keys")
    return {**before, "signed": signed}


def _failure(
    signed: Any, target: Json | None, user: str, signers: dict[str, Ed25519PublicKey | None]
) -> Json | None:
    """Why the user's signatures of `target` are not taken; None where they fit."""
    if target is None or _bare(signed) != _bare(target):
        return {"errcode": "M_NOT_FOUND", "error": "This key is not known here"}
    fresh = _signatures(signed, user)
    if not fresh or not all(_verifies(signed, text, signers.get(key)) for key, text in fresh.items()):
        return {"errcode": "M_INVALID_SIGNATURE", "error": "The signature does not fit"}
    return None


async def add_to_query(request: Request, numbers: list[str], devices: dict[str, Json]) -> Json:
    """The public keys of these people, and the signatures put on their `devices` that the asking person may see."""
    me = request.actor
    known = await store.find(request.delivery.pool, [*numbers, me.staff_number])
    mine = known.get(me.staff_number, {}).get("signed", {})
    found: Json = {"master_keys": {}, "self_signing_keys": {}, "user_signing_keys": {}}
    for number in numbers:
        user, keys = user_id(number), known.get(number, {})
        said = [(user, keys.get("signed", {}).get(user, {})), (me.user_id, mine.get(user, {}))]
        for device, body in devices.get(user, {}).items():
            devices[user][device] = _with(body, device, said)
        if "master" in keys:
            public = _public_name(keys["master"])
            found["master_keys"][user] = _with(keys["master"], public, said)
        if "self_signing" in keys:
            found["self_signing_keys"][user] = keys["self_signing"]
        if "user_signing" in keys and number == me.staff_number:
            found["user_signing_keys"][user] = keys["user_signing"]
    return found


def _with(key: Json, name: str, said: list[tuple[str, Json]]) -> Json:
    """A key with what was said of it, beside the signatures that it came with."""
    own = key.get("signatures")
    signatures = (
        {user: dict(one) for user, one in own.items() if isinstance(one, dict)}
        if isinstance(own, dict)
        else {}
    )
    for user, table in said:
        if name in table:
            signatures.setdefault(user, {}).update(table[name])
    return {**key, "signatures": signatures}


# -- signatures -------------------------------------------------------------------------------------------------------


def _public_name(key: Json) -> str:
    """The key in unpadded base64, which is its name as well."""
    return str(next(iter(key["keys"].values())))


def _public(key: Json) -> Ed25519PublicKey | None:
    """The one key in there, None for anything else."""
    return _ed25519(_public_name(key))


def _ed25519(text: Any) -> Ed25519PublicKey | None:
    raw = _bytes(text)
    return Ed25519PublicKey.from_public_bytes(raw) if raw is not None and len(raw) == 32 else None  # noqa: PLR2004 - ed25519's


def _bytes(text: Any) -> bytes | None:
    """Unpadded base64."""
    if not isinstance(text, str) or len(text) > 256:  # noqa: PLR2004 - more than a key or signature has
        return None
    try:
        return b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        return None


def _signers(own: Json, devices: list[tuple[str, str, str, Json]]) -> dict[str, Ed25519PublicKey | None]:
    """The keys with which the person may sign, by their name in a signature."""
    found = {
        name: _ed25519(text) for usage in USAGES for name, text in own.get(usage, {}).get("keys", {}).items()
    }
    for _number, device, _display, body in devices:
        table = body.get("keys")
        name = f"ed25519:{device}"
        found[name] = _ed25519(table.get(name)) if isinstance(table, dict) else None
    return found


def _bare(key: Any) -> Any:
    """What is signed of an object."""
    if not isinstance(key, dict):
        return key
    return {name: value for name, value in key.items() if name not in {"signatures", "unsigned"}}


def _signatures(key: Any, user: str) -> dict[str, str]:
    """This user's signatures of an object, {} for another form."""
    of = key.get("signatures") if isinstance(key, dict) else None
    table = of.get(user) if isinstance(of, dict) else None
    if not isinstance(table, dict) or not all(isinstance(text, str) for text in table.values()):
        return {}
    return table


def _is_signed(key: Json, *, user: str, by: Json) -> bool:
    name = f"ed25519:{_public_name(by)}"
    return _verifies(key, _signatures(key, user).get(name), _public(by))


def _verifies(key: Json, signature: Any, public: Ed25519PublicKey | None) -> bool:
    raw = _bytes(signature)
    if public is None or raw is None:
        return False
    try:
        public.verify(raw, orjson.dumps(_bare(key), option=orjson.OPT_SORT_KEYS))
    except InvalidSignature:
        return False
    return True

"""The same act twice is one deed: the key names it, and the second call gets the first answer."""

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import BaseModel

from common import clock
from common.errors import BadInputError
from directory.actors import Actor
from workflows.errors import KeyReusedError
from workflows.store import deeds as store

MAX_KEY = 200
Answer = TypeVar("Answer", bound=BaseModel)


def once(
    *,
    actor: Actor,
    key: str | None,
    verb: str,
    subject_id: object,
    answer: type[Answer],
    deed: Callable[[], Answer],
) -> Answer:
    """Run `deed` in one transaction and remember its answer under the actor's key.

    Without a key it simply runs. A deed that raises leaves nothing behind, so the same key may be tried
    again.

    Raises:
        KeyReusedError: the key belongs to another act.
    """
    if key is None or not actor.staff_id:
        with transaction.atomic():
            return deed()
    if not key or len(key) > MAX_KEY:
        raise BadInputError(field="key", message=_("操作编号须为1至200个字符，请刷新页面后重试。"))
    with transaction.atomic():
        known, begun = store.find_or_begin(
            staff_id=actor.staff_id, key=key, verb=verb, subject_id=str(subject_id), at=clock.now()
        )
        if not begun:
            if (known.verb, known.subject_id) != (verb, str(subject_id)):
                raise KeyReusedError
            return answer.model_validate(known.answer)
        done = deed()
        store.keep_answer(known, done.model_dump(mode="json"))
        return done


def known_verb(actor: Actor, key: str | None) -> str | None:
    """The act that this key was used for, if it was."""
    return store.verb_of(actor.staff_id, key) if key else None

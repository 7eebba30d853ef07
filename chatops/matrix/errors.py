"""Errors as Matrix clients read them: `errcode` for programs, `error` for people."""

from typing import Any

from django.utils.translation import gettext as _

from common.errors import (
    BadInputError,
    DomainError,
    NotFoundError,
    RateLimitedError,
    SignedOutError,
    TooLargeError,
)
from directory.errors import AccountLockedError


class MatrixError(Exception):
    """An answer other than 200. `extra` goes into the body beside errcode and error."""

    def __init__(self, status: int, errcode: str, error: str, **extra: Any) -> None:
        super().__init__(errcode)
        self.status = status
        self.errcode = errcode
        self.error = error
        self.extra = extra

    def body(self) -> dict[str, Any]:
        return {"errcode": self.errcode, "error": self.error, **self.extra}


def unrecognized(status: int = 404) -> MatrixError:
    return MatrixError(status, "M_UNRECOGNIZED", "Unrecognized request")


def forbidden(error: str) -> MatrixError:
    return MatrixError(403, "M_FORBIDDEN", error)


def not_found(error: str = "Not found") -> MatrixError:
    return MatrixError(404, "M_NOT_FOUND", error)


def invalid_param(error: str) -> MatrixError:
    return MatrixError(400, "M_INVALID_PARAM", error)


def missing_param(name: str) -> MatrixError:
    return MatrixError(400, "M_MISSING_PARAM", f"Missing parameter: {name}")


def bad_json(error: str) -> MatrixError:
    return MatrixError(400, "M_BAD_JSON", error)


def not_in_room() -> MatrixError:
    """The same for a room that does not exist: nobody learns which rooms there are."""
    return forbidden(_("您不在此群中，或此群不存在。"))


def try_later(retry_after_ms: int = 2000) -> MatrixError:
    """For overload and a lost database too: matrix-nio waits after 429 only, never after 5xx."""
    return MatrixError(429, "M_LIMIT_EXCEEDED", "Try again later", retry_after_ms=retry_after_ms)


# The first class that fits; conflicts end as M_FORBIDDEN too, since Matrix clients expect no 409 here.
IN_MATRIX: list[tuple[type[DomainError], int, str]] = [
    (RateLimitedError, 429, "M_LIMIT_EXCEEDED"),
    (SignedOutError, 401, "M_UNKNOWN_TOKEN"),
    (AccountLockedError, 403, "M_USER_DEACTIVATED"),
    (TooLargeError, 413, "M_TOO_LARGE"),
    (BadInputError, 400, "M_INVALID_PARAM"),
    (NotFoundError, 404, "M_NOT_FOUND"),
    (DomainError, 403, "M_FORBIDDEN"),
]


def of_domain(error: DomainError) -> MatrixError:
    """A service's refusal in Matrix's words; the sentence stays the service's."""
    status, errcode = next(row[1:] for row in IN_MATRIX if isinstance(error, row[0]))
    extra: dict[str, Any] = {}
    if isinstance(error, RateLimitedError):
        extra["retry_after_ms"] = max(1, int(error.retry_after_ms))
    elif isinstance(error, SignedOutError):
        extra["soft_logout"] = False
    elif "refusal" in error.facts:
        extra["org.tongzhou.refusal"] = error.facts["refusal"]
    return MatrixError(status, errcode, error.user_message(), **extra)

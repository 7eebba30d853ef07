"""Errors with a code for programs and a sentence for people.

Services raise them, transports translate them once. A good sentence says what happened, what it means here and what
to do now.
"""

from typing import Any, ClassVar

from django.utils.translation import gettext as _


class DomainError(Exception):
    """A deed that the rules refuse. `facts` go out with the error, so they hold nothing secret.

    Attributes:
        code: stable, for programs; snake_case.
        status: the HTTP status on REST doors.
        field: the input field at fault, if one is.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400

    def __init__(self, *, field: str | None = None, message: str | None = None, **facts: Any) -> None:
        self.field = field
        self.facts = facts
        self._message = message
        super().__init__(message or self.code)

    def user_message(self) -> str:
        return self._message or self.default_message()

    def default_message(self) -> str:
        return _("操作未完成，请刷新页面后重试。")

    def as_json(self) -> dict[str, Any]:
        """The error body of every REST door: code, message, field, facts."""
        return {"code": self.code, "message": self.user_message(), "field": self.field, "facts": self.facts}


class BadInputError(DomainError):
    """What was typed cannot be taken; `field` names it, the message says what to write instead."""

    code = "bad_input"


class SignedOutError(DomainError):
    code, status = "signed_out", 401

    def default_message(self) -> str:
        return _("登录已失效，请重新登录；已填写的内容保留在本机。")


class ForbiddenError(DomainError):
    code, status = "forbidden", 403

    def default_message(self) -> str:
        return _("当前岗位无权办理此事，请切换岗位或联系单位联络员。")


class NotFoundError(DomainError):
    """Not there, or not the actor's to see: the two look alike."""

    code, status = "not_found", 404

    def default_message(self) -> str:
        return _("内容不存在或不在您的查看范围内，请核对链接。")


class ConflictError(DomainError):
    code, status = "conflict", 409

    def default_message(self) -> str:
        return _("内容已被他人更新，请刷新后再操作。")


class TooLargeError(DomainError):
    code, status = "too_large", 413

    def default_message(self) -> str:
        return _("内容超过大小限制，请精简后再发送。")


class RateLimitedError(DomainError):
    """Too much at once. `retry_after_ms` in facts tells when the same request is welcome again."""

    code, status = "rate_limited", 429

    def __init__(self, *, retry_after_ms: int, **facts: Any) -> None:
        super().__init__(retry_after_ms=retry_after_ms, **facts)
        self.retry_after_ms = retry_after_ms

    def default_message(self) -> str:
        seconds = max(1, -(-self.retry_after_ms // 1000))
        return _("操作过于频繁，请在 {seconds} 秒后重试。").format(seconds=seconds)

"""Refusals of this floor."""

from django.utils.translation import gettext as _

from common.errors import ConflictError, DomainError, ForbiddenError, RateLimitedError


class SignInRefusedError(DomainError):
    """Wrong number or password; which of the two is not said."""

    code, status = "sign_in_refused", 401

    def default_message(self) -> str:
        return _("工号或密码不正确，请核对后重试；忘记密码请联系本单位数字化转型专员或系统管理员重置。")


class AccountLockedError(DomainError):
    """The password was right, but the account is locked or closed."""

    code, status = "account_locked", 403

    def default_message(self) -> str:
        return _("账户已锁定或停用，请联系本单位数字化转型专员或系统管理员。")


class LockedOutError(RateLimitedError):
    """Too many failed sign-ins; `retry_after_ms` says when the next try is taken."""

    code = "locked_out"

    def default_message(self) -> str:
        seconds = max(1, -(-self.retry_after_ms // 1000))
        return _("登录失败次数过多，请在 {seconds} 秒后重试；忘记密码请联系系统管理员重置。").format(
            seconds=seconds
        )


class PasswordChangeNeededError(ForbiddenError):
    code = "password_change_needed"

    def default_message(self) -> str:
        return _("当前密码为临时密码，请先在网页端修改密码。")


class ActingNotHeldError(ForbiddenError):
    """The post asked for is not, or no longer, held by this person."""

    code = "acting_not_held"

    def default_message(self) -> str:
        return _("您已不担任所选岗位，请重新选择当前岗位。")


class EditedMeanwhileError(ConflictError):
    """Somebody else changed the row after it was read."""

    code = "edited_meanwhile"

    def default_message(self) -> str:
        return _("该条目刚被他人修改，请刷新后核对再保存。")

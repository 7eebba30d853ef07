"""The secrecy gate (domain §7): this platform carries non-classified information only.

One service for every entrance. What bears a state-secret mark is refused and not stored; the refusal itself is kept
for the security officer, without the content, and with a keyed digest by which a granted appeal lets exactly that text
or file pass.
"""

from typing import ClassVar

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from chatops.services.secrecy_marks import find_mark
from chatops.services.tell import tell_people
from chatops.store import refusals
from chatops.store.models import SecrecyRefusal
from common.audit import ActorLike
from common.errors import DomainError

__all__ = ["SecrecyRefusedError", "check", "check_file", "find_mark"]

_SALT = "chatops.admission"


class SecrecyRefusedError(DomainError):
    """Facts: `mark`; `refusal`, the record's id, by which the refused person appeals."""

    code, status = "secrecy_refused", 422
    marks: ClassVar[tuple[str, ...]] = ("绝密", "机密", "秘密")

    def default_message(self) -> str:
        return _(
            "内容带有“{mark}”密级标志，本平台只处理非涉密信息，未发送也未保存。请改用涉密渠道；如属误判，可提出申诉。"
        ).format(mark=self.facts.get("mark", ""))


def check(text: str, *, actor: ActorLike, where: str) -> None:
    """Let the text pass, or refuse it and record the refusal.

    Args:
        where: the entrance, such as `message`, `file_name`, `import`, `title`; shown to the security officer.
    Raises:
        SecrecyRefusedError: the text bears a mark, and no appeal for this very text was granted. The record outlives
            the refused deed.
    """
    if mark := find_mark(text):
        _refuse(mark, text, actor=actor, where=where)


def check_file(mark: str | None, sha256: str, *, actor: ActorLike) -> None:
    """The same for a mark that was read in a file (extracts.py); an appeal frees the file with this SHA-256."""
    if mark:
        _refuse(mark, f"sha256:{sha256}", actor=actor, where="file")


def _refuse(mark: str, subject: str, *, actor: ActorLike, where: str) -> None:
    digest = salted_hmac(_SALT, subject, algorithm="sha256").hexdigest()
    if refusals.is_granted(digest):
        return
    key = refusals.record_refusal(actor=actor, where=where, mark=mark, digest=digest, then=_report)
    raise SecrecyRefusedError(mark=mark, refusal=str(key), field=where)


def _report(row: SecrecyRefusal) -> None:
    """Tell the security officers that there is something to look at."""
    body = {"about": "secrecy.refused", "refusal": str(row.pk), "mark": row.mark, "name": row.name}
    tell_people(refusals.officers(), "notice", body)

"""The secrecy gate (domain §7): this platform carries non-classified information only.

One function for every entrance. Texts with a state-secret mark are refused and not stored; the refusal itself is kept
for the security officer, without the content.
"""

import re
import unicodedata
from typing import ClassVar

from django.utils.translation import gettext as _

from chatops.store import refusals
from common.audit import ActorLike
from common.errors import DomainError

# 机密★3年, 绝密★, 秘密★长期; or a line of its own: 密级：机密, 【绝密】. 商业秘密 and 保密教育 are ordinary words.
_STARRED = re.compile(r"(绝密|机密|秘密)\s*[★☆*＊]\s*(\d{1,3}\s*[年个月]|长期|启用前|解密前)?")
_LABELLED = re.compile(r"(?m)^[\s　]*密\s*级\s*[:：]?\s*(绝\s*密|机\s*密|秘\s*密)")
_ALONE = re.compile(r"(?m)^[\s　]*[\[【(（《]?\s*(绝\s*密|机\s*密|秘\s*密)\s*[\]】)）》]?[\s　]*$")
_ZERO_WIDTH = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF), None)


class SecrecyRefusedError(DomainError):
    code, status = "secrecy_refused", 422
    marks: ClassVar[tuple[str, ...]] = ("绝密", "机密", "秘密")

    def default_message(self) -> str:
        return _(
            "内容带有“{mark}”密级标志，本平台只处理非涉密信息，未发送也未保存。请改用涉密渠道；如属误判，请联系安全管理员。"
        ).format(mark=self.facts.get("mark", ""))


def find_mark(text: str) -> str | None:
    """The secrecy mark that a text bears, or None. Width, zero-width characters and spaces do not hide it."""
    if "密" not in text:  # every mark has it, no other character folds to it; folding Chinese is slow
        return None
    folded = unicodedata.normalize("NFKC", text).translate(_ZERO_WIDTH)
    for pattern in (_STARRED, _LABELLED, _ALONE):
        if match := pattern.search(folded):
            return re.sub(r"\s", "", match.group(1))
    return None


def check(text: str, *, actor: ActorLike, where: str) -> None:
    """Let the text pass, or refuse it and record the refusal.

    Args:
        where: the entrance, such as `message`, `file_name`, `import`, `title`; shown to the security officer.
    Raises:
        SecrecyRefusedError: the text bears a mark. The record is written on a connection of its own transaction, so it
            outlives the refused deed.
    """
    if mark := find_mark(text):
        refusals.record_refusal(actor=actor, where=where, mark=mark)
        raise SecrecyRefusedError(mark=mark, field=where)

"""Who may command whom (docs/orders.md): a rule, not a list of people. Pure.

Who may not be commanded is asked instead (商请), and may decline.
"""

from dataclasses import dataclass
from enum import StrEnum

LEVELS = ("village", "township", "county", "prefecture", "province")
BODIES = frozenset({"party_committee", "government"})
# Bodies that nobody outside them commands, whatever the tree of units says.
INDEPENDENT = {
    "npc": "人大",
    "cppcc": "政协",
    "supervision": "监委",
    "court": "法院",
    "procuratorate": "检察院",
}


class Verdict(StrEnum):
    COMMAND = "command"
    REQUEST = "request"


class Acts(StrEnum):
    """In whose name the issuer acts: its own, the body whose office it is, or a task force."""

    OWN = "own"
    MANDATE = "mandate"
    TASK_FORCE = "task_force"


@dataclass(frozen=True)
class Organ:
    """`kind`: a value of OrganKind. `line_managed`: 垂管, takes orders along the line only."""

    kind: str
    level: str
    line_managed: bool = False


@dataclass(frozen=True)
class Ties:
    """How the recipient hangs on the issuer; under a mandate: on the body that gave it.

    Attributes:
        same: it is the issuer's own unit.
        line, block: it is below the issuer along line or block parents.
        member: it is a member of the task force or coordinating body that issues.
        territory: it lies in the issuer's region and its level is not higher.
    """

    same: bool = False
    line: bool = False
    block: bool = False
    member: bool = False
    territory: bool = False


@dataclass(frozen=True)
class Ruling:
    verdict: Verdict
    reason: str

    @property
    def commanded(self) -> bool:
        return self.verdict == Verdict.COMMAND


def _command(reason: str) -> Ruling:
    return Ruling(Verdict.COMMAND, reason)


def _ask(reason: str) -> Ruling:
    return Ruling(Verdict.REQUEST, reason)


def rule_on(  # noqa: PLR0911 - first match from the top, as the page has it
    issuer: Organ, recipient: Organ, ties: Ties, *, acts: Acts = Acts.OWN, mandate_of: str = ""
) -> Ruling:
    """Whether the issuer commands the recipient or asks it, with the reason in a sentence.

    Args:
        mandate_of: the kind of the body (a party committee or government of the same level) that gave the mandate;
            only its office can act on one.
    """
    if ties.same:
        return _command("本单位人员")
    if words := INDEPENDENT.get(recipient.kind):
        return _ask(f"{words}依法独立履职，不受指令，可以商请")
    own_line = ties.line and acts == Acts.OWN
    if recipient.line_managed and recipient.kind not in BODIES:
        return (
            _command("本条线的垂直管理单位")
            if own_line
            else _ask("垂直管理单位只接受条线上级的指令，可以商请")
        )
    standing = _standing(issuer, acts, mandate_of)
    if recipient.kind in BODIES:
        return _on_body(standing, issuer, recipient, ties)
    if own_line:
        return _command("本条线的下级单位")
    if standing == "party_committee" and ties.territory:
        return _command("党委领导的辖区内单位")
    if standing in BODIES and ties.block:
        return _command("本级政府或党委的下属单位")
    if ties.member and acts != Acts.MANDATE:
        return _command("专班或议事协调机构的成员单位")
    if ties.block and acts == Acts.OWN:
        return _command("本单位管理的下属单位")
    return _ask(_why_not(issuer, recipient))


def _standing(issuer: Organ, acts: Acts, mandate_of: str) -> str:
    """The kind of organ as which the issuer stands: its office with a mandate stands for the body."""
    if acts == Acts.MANDATE:
        return mandate_of if issuer.kind == "office" and mandate_of in BODIES else issuer.kind
    return "coordinating" if acts == Acts.TASK_FORCE else issuer.kind


def _on_body(standing: str, issuer: Organ, recipient: Organ, ties: Ties) -> Ruling:
    """A party committee or government: commanded from above by its like only."""
    lower = _rank(recipient) < _rank(issuer)
    if lower and standing == "party_committee" and ties.territory:
        return _command("上级党委领导的下级党委、政府")
    if lower and standing == recipient.kind and ties.block:
        return _command("上级领导的下级党委、政府")
    if not lower:
        return _ask(_why_not(issuer, recipient))
    if standing == "government":
        return _ask("政府不向党委下达指令，可以商请")
    return _ask("下级党委、政府只接受上级党委、政府或其办公室受委托发出的指令，可以商请")


def _why_not(issuer: Organ, recipient: Organ) -> str:
    if _rank(recipient) > _rank(issuer):
        return "上级单位不接受下级指令，可以商请"
    if _rank(recipient) == _rank(issuer):
        return "平级单位之间不下达指令，可以商请"
    return "不在本条线，也不是成员单位，可以商请"


def _rank(organ: Organ) -> int:
    return LEVELS.index(organ.level)

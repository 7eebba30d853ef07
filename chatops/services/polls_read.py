"""What a poll's content says. Pure; the stable names of MSC3381, with ours for what it lacks:
`org.tongzhou.poll`: {anonymous, deadline (ms)}.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from common.errors import BadInputError

POLL_KEY = "org.tongzhou.poll"
FEWEST, MOST = 2, 20
MAX_QUESTION, MAX_ANSWER = 300, 100


@dataclass(frozen=True)
class Poll:
    """`answers`: (id, text). `disclosed`: counts are seen while it is open. `deadline`: ms, or None."""

    question: str
    answers: tuple[tuple[str, str], ...]
    max_selections: int
    disclosed: bool
    anonymous: bool
    deadline: int | None


def read_poll(content: dict[str, Any]) -> Poll:
    """Raises BadInputError, naming the field, for what is no poll."""
    poll, ours = content.get("m.poll"), content.get(POLL_KEY)
    poll = poll if isinstance(poll, dict) else {}
    ours = ours if isinstance(ours, dict) else {}
    question, answers = text_of(poll.get("question")), poll.get("answers")
    if not question or len(question) > MAX_QUESTION:
        raise BadInputError(
            field="question", message=_("请填写投票题目，不超过 {most} 字。").format(most=MAX_QUESTION)
        )
    if not isinstance(answers, list) or not FEWEST <= len(answers) <= MOST:
        raise BadInputError(
            field="answers", message=_("请填写 {fewest} 至 {most} 个选项。").format(fewest=FEWEST, most=MOST)
        )
    read = tuple((_id_of(answer), text_of(answer)) for answer in answers)
    if len({key for key, _ in read}) < len(read) or not all(
        key and 0 < len(text) <= MAX_ANSWER for key, text in read
    ):
        raise BadInputError(
            field="answers", message=_("选项不能为空或重复，每项不超过 {most} 字。").format(most=MAX_ANSWER)
        )
    most, deadline = poll.get("max_selections", 1), ours.get("deadline")
    if not _is_whole(most) or not 1 <= most <= len(read):
        raise BadInputError(field="max_selections", message=_("可选项数应在 1 与选项数之间。"))
    if deadline is not None and not _is_whole(deadline):
        raise BadInputError(field="deadline", message=_("截止时间有误，请重新选择。"))
    return Poll(
        question, read, most, poll.get("kind") != "m.undisclosed", ours.get("anonymous") is True, deadline
    )


def text_of(part: object) -> str:
    """The plain text of an extensible part: {"m.text": [{"body": …}]}."""
    texts = part.get("m.text") if isinstance(part, dict) else None
    for one in texts if isinstance(texts, list) else []:
        if (
            isinstance(one, dict)
            and isinstance(one.get("body"), str)
            and one.get("mimetype", "text/plain") == "text/plain"
        ):
            return str(one["body"]).strip()
    return ""


def sums(poll: Poll, votes: Iterable[list[str]]) -> dict[str, int]:
    """Votes by answer id."""
    counts = dict.fromkeys((key for key, _ in poll.answers), 0)
    for choices in votes:
        for key in choices:
            if key in counts:
                counts[key] += 1
    return counts


def _id_of(answer: object) -> str:
    key = answer.get("m.id") if isinstance(answer, dict) else None
    return key if isinstance(key, str) and len(key) <= MAX_ANSWER else ""


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)

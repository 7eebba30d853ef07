"""待办: what waits for the person from all sources, in pages; the same list and counts as on the web."""

from django.utils.translation import gettext as _

from bots.commands.forms import Form, Take
from bots.desk.bot import Ask
from workflows.pending import PendingRow, count_pending, nth_page

PAGE = 20
PAGE_DIGITS = 4

TODO = Form(
    name="pending",
    words=("待办", "我的待办", "daiban", "wodedaiban"),
    form="待办　或　待办 页码　或　待办 文字",
    example="待办 2",
    says="列出您目前的待办，每页20项，先到期的在前",
    takes=(Take.TEXT,),
)


def answer_todo(ask: Ask, bot_name: str) -> str:
    """Raises BadInputError: the page is no page."""
    if not ask.direct:
        words = _("待办只在单聊中答复，请向{bot}发送单聊消息“待办”。")
        return words.format(bot=bot_name)
    number, words = _read(ask.command.text)
    counts = count_pending(ask.actor, words=words)
    if not counts.total:
        return _("没有含“{words}”的待办。").format(words=words) if words else _("您目前没有待办。")
    rows = nth_page(ask.actor, number, size=PAGE, words=words)
    pages = -(-counts.total // PAGE)
    if not rows:
        return _("待办共{pages}页，请写1至{pages}，例如：待办 {pages}。").format(pages=pages)
    kinds = "，".join(f"{one.title}{one.count}" for one in counts.sources if one.count)
    lines = [_("您有{count}项待办：{kinds}。").format(count=counts.total, kinds=kinds)]
    lines += [_line(row) for row in rows]
    if pages > 1:
        lines.append(_("第{number}页，共{pages}页。").format(number=number, pages=pages))
    if number < pages:
        lines.append(
            _("发送“待办 {next}”看下一页。").format(next=" ".join([*words.split(), str(number + 1)]))
        )
    return "\n".join(lines)


def _line(row: PendingRow) -> str:
    return f"【{row.source_title}】{row.title}　{row.detail}"


def _read(text: str) -> tuple[int, str]:
    """Page and words of 待办 2, 待办 平台, 待办 平台 2."""
    words = text.split()
    if words and words[-1].isdecimal() and len(words[-1]) <= PAGE_DIGITS:
        return int(words[-1]), " ".join(words[:-1])
    return 1, " ".join(words)

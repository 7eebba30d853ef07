"""一表: the one table in a direct room, most red first; the same service as the web's page."""

from django.utils.translation import gettext as _

from bots.commands.forms import Form, Take
from bots.desk.bot import Ask
from common.errors import BadInputError
from workflows.supervision.table import TableAsk, describe_table
from workflows.supervision.views import Figures

MOST = 15
BYS = {"部门": "unit", "单位": "unit", "区域": "region", "类别": "category", "类型": "kind"}

ONE_TABLE = Form(
    name="one_table",
    words=("一表", "督查一表", "yibiao"),
    form="一表　或　一表 部门、区域、类别、类型",
    example="一表 区域",
    says="本月督查一表，红色占比高的在前，限督查专员、市领导和单位负责人",
    takes=(Take.TEXT,),
)


def answer_one_table(ask: Ask) -> str:
    """Raises ForbiddenError; BadInputError: a grouping that there is not."""
    if not ask.direct:
        return _("督查一表只在单聊中答复，请向督办助手发送单聊消息“一表”。")
    word = ask.command.text.strip() or "部门"
    if word not in BYS:
        raise BadInputError(field="by", message=_("请写部门、区域、类别或类型，例如：一表 区域。"))
    table = describe_table(ask.actor, TableAsk(by=BYS[word]))
    if table.as_of is None or not table.rows:
        return _("目前没有可供统计的事项，每天零时生成快照后可以查看。")
    head = _("督查一表（{month}月{day}日零时）：{figures}").format(
        month=table.as_of.month, day=table.as_of.day, figures=_told(table.total.figures)
    )
    lines = [f"{row.name}：{_told(row.figures)}" for row in table.rows[:MOST]]
    if len(table.rows) > MOST:
        lines.append(_("其余{count}行请在网页“督办—一表”查看。").format(count=len(table.rows) - MOST))
    return "\n".join([head, *lines])


def _told(figures: Figures) -> str:
    words = _(
        "{total}项，红{red}、黄{yellow}、绿{green}、办结{done}，逾期{overdue}（按原时限{overdue_first}），平均进度{percent}%"
    )
    return words.format(**figures.model_dump())

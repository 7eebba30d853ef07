"""What 督办助手 understands. Words and forms are also the help text."""

from bots.commands.forms import Form, Take
from bots.desk.duban.one_table import ONE_TABLE
from bots.desk.todo import TODO

FORMS = (
    Form(
        name="ledger",
        words=("台账", "清单", "taizhang", "tz"),
        form="台账　或　台账 红",
        example="台账 黄",
        says="列出本专班事项及颜色，可只看一种颜色",
        takes=(Take.TEXT,),
    ),
    Form(
        name="sign_for",
        words=("签收", "qianshou", "qs"),
        form="签收 事项编号",
        example="签收 12",
        says="签收交办给本单位的事项",
        takes=(Take.NUMBER,),
    ),
    Form(
        name="report",
        words=("进展", "进度", "反馈进展", "反馈", "jinzhan", "jz"),
        form="进展 事项编号 百分比 文字",
        example="进展 12 60% 设备已到货，正在安装",
        says="反馈进展，100%为报完成",
        takes=(Take.NUMBER, Take.PERCENT, Take.TEXT),
    ),
    Form(
        name="ask_extension",
        words=("延期", "申请延期", "yanqi", "shenqingyanqi"),
        form="延期 事项编号 新时限 理由",
        example="延期 12 2026-12-31 设备到货推迟",
        says="申请延期",
        takes=(Take.NUMBER, Take.DATE, Take.REASON),
    ),
    Form(
        name="agree_extension",
        words=("同意延期", "tongyiyanqi"),
        form="同意延期 事项编号",
        example="同意延期 12",
        says="专班同意延期申请",
        takes=(Take.NUMBER, Take.TEXT),
    ),
    Form(
        name="return_extension",
        words=("退回延期", "不同意延期", "tuihuiyanqi"),
        form="退回延期 事项编号 理由",
        example="退回延期 12 请按原时限完成",
        says="专班退回延期申请，须写理由",
        takes=(Take.NUMBER, Take.REASON),
    ),
    Form(
        name="send_back",
        words=("退回", "tuihui"),
        form="退回 事项编号 理由",
        example="退回 12 不属本单位职责",
        says="退回不属本单位的事项，或由专班退回完成报告",
        takes=(Take.NUMBER, Take.REASON),
    ),
    Form(
        name="close",
        words=("办结", "banjie"),
        form="办结 事项编号",
        example="办结 12",
        says="专班确认办结",
        takes=(Take.NUMBER,),
    ),
    Form(
        name="remind",
        words=("催办", "cuiban", "cb"),
        form="催办 事项编号",
        example="催办 12",
        says="专班催办，同一事项4小时内一次",
        takes=(Take.NUMBER,),
    ),
    Form(
        name="digest",
        words=("摘要", "简报", "zhaiyao", "zy"),
        form="摘要",
        example="摘要",
        says="在专班群发布当前摘要",
    ),
    TODO,
    ONE_TABLE,
    Form(
        name="help",
        words=("帮助", "指令", "bangzhu", "help", "?"),
        form="帮助　或　帮助 指令名",
        example="帮助 进展",
        says="查看写法",
        takes=(Take.TEXT,),
    ),
)

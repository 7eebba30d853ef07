"""What 审批助手 understands. Words and forms are also the help text."""

from bots.commands.forms import Form, Take
from bots.desk.todo import TODO

FORMS = (
    Form(
        name="waiting",
        words=("待批", "待审批", "daipi", "dp"),
        form="待批",
        example="待批",
        says="列出待您审批的申请及编号",
    ),
    Form(
        name="agree",
        words=("同意", "已阅", "tongyi", "ty"),
        form="同意 编号 意见",
        example="同意 31 请抓紧落实",
        says="同意，阅件为已阅；意见可不写",
        takes=(Take.NUMBER, Take.TEXT),
    ),
    Form(
        name="read_mark",
        words=("圈阅", "quanyue"),
        form="圈阅 编号",
        example="圈阅 31",
        says="圈阅，签发和请示按同意办理，阅件按已阅办理",
        takes=(Take.NUMBER,),
    ),
    Form(
        name="refuse",
        words=("不同意", "butongyi", "bty"),
        form="不同意 编号 理由",
        example="不同意 31 与上月文件重复",
        says="不同意，须写理由",
        takes=(Take.NUMBER, Take.REASON),
    ),
    Form(
        name="send_back",
        words=("退回", "tuihui", "th"),
        form="退回 编号 理由",
        example="退回 31 请附三家报价",
        says="退回拟稿人修改，须写理由",
        takes=(Take.NUMBER, Take.REASON),
    ),
    TODO,
    Form(
        name="help",
        words=("帮助", "指令", "bangzhu", "help", "?"),
        form="帮助　或　帮助 指令名",
        example="帮助 同意",
        says="查看写法",
        takes=(Take.TEXT,),
    ),
)

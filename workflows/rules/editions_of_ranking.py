"""晾晒: states of an edition (domain §10). A released edition has no move: a correction is a new edition."""

from workflows.rules.tables import MoveTable

EDITIONS = MoveTable(
    moves={
        ("collecting", "freeze"): "frozen",
        ("frozen", "compute"): "draft",
        ("draft", "release"): "released",
        ("collecting", "drop"): "dropped",
        ("frozen", "drop"): "dropped",
        ("draft", "drop"): "dropped",
    },
    states={
        "collecting": "归集数据",
        "frozen": "数据已冻结",
        "draft": "待审定发布",
        "released": "已发布",
        "dropped": "已作废",
    },
    acts={
        "freeze": "冻结数据",
        "compute": "计算",
        "release": "发布",
        "drop": "作废",
        "correct": "更正",
    },
    ways_out={
        ("released", "freeze"): "该期已发布，不能改动；如有差错，请新建更正期",
        ("released", "drop"): "该期已发布，不能作废；如有差错，请新建更正期",
        ("frozen", "release"): "请先按规则计算并核对，再发布",
        ("collecting", "release"): "请先冻结数据并计算，再发布",
    },
)

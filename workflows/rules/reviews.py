"""专家论证: expert review as one table (domain §10). The declaration of interests comes before the opinion."""

from workflows.rules.tables import MoveTable

REVIEWS = MoveTable(
    moves={
        ("question", "invite"): "invited",
        ("invited", "invite"): "invited",
        ("invited", "opine"): "opinions",
        ("opinions", "invite"): "opinions",
        ("opinions", "opine"): "opinions",
        ("opinions", "conclude"): "conclusion",
        ("conclusion", "adopt"): "adopted",
        ("conclusion", "not_adopt"): "not_adopted",
    },
    states={
        "question": "已提出",
        "invited": "已邀请，待专家申报",
        "opinions": "征集意见中",
        "conclusion": "已形成结论，待决定",
        "adopted": "已采纳",
        "not_adopted": "未采纳",
    },
    acts={
        "invite": "邀请专家",
        "declare": "申报利益关系",
        "opine": "提交意见",
        "conclude": "形成结论",
        "adopt": "采纳",
        "not_adopt": "不予采纳",
    },
    ways_out={
        ("question", "conclude"): "请先邀请专家并收到意见，再形成结论",
        ("invited", "conclude"): "尚未收到专家意见，请收到意见后再形成结论",
        ("opinions", "adopt"): "请先形成结论，再决定是否采纳",
    },
)

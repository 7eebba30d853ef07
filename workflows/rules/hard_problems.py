"""攻关: the hard-problem ledger as one table (domain §10). A problem is struck off only after somebody else has
verified what its solver says.
"""

from workflows.rules.tables import MoveTable

OPEN = ("found", "owned", "measures", "solved", "verified")

PROBLEMS = MoveTable(
    moves={
        ("found", "own"): "owned",
        ("owned", "own"): "owned",
        ("owned", "measure"): "measures",
        ("measures", "own"): "owned",
        ("measures", "measure"): "measures",
        ("measures", "solve"): "solved",
        ("solved", "reject"): "measures",
        ("solved", "verify"): "verified",
        ("verified", "strike_off"): "struck_off",
        ("found", "sign_over"): "owned",
        ("owned", "sign_over"): "owned",
        ("measures", "sign_over"): "owned",
        ("solved", "sign_over"): "owned",
        ("verified", "sign_over"): "owned",
    },
    states={
        "found": "已发现",
        "owned": "已认领",
        "measures": "攻关中",
        "solved": "已解决，待核验",
        "verified": "已核验，待销号",
        "struck_off": "已销号",
    },
    acts={
        "find": "登记",
        "own": "明确责任单位",
        "measure": "制定措施",
        "solve": "报解决",
        "reject": "退回",
        "verify": "核验",
        "strike_off": "销号",
        "sign_over": "移交",
        "accept": "接收移交",
    },
    ways_out={
        ("found", "solve"): "请先明确责任单位并制定措施，再报解决",
        ("owned", "solve"): "请先填写攻关措施，再报解决",
        ("measures", "verify"): "责任单位尚未报解决，请等其报解决后再核验",
        ("measures", "strike_off"): "责任单位尚未报解决，不能销号",
        ("solved", "strike_off"): "请先由解决人以外的人员核验，再销号",
        ("struck_off", "solve"): "该难题已销号；如再次出现，请另行登记",
    },
)

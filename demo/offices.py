"""What offices the demo's units have: divisions, titles, number of posts, by kind and level of the unit."""

from dataclasses import dataclass

# The 13 lead units of the project list that ships with the demo.
_LEADS = """
xn-zsj xn-zgj xn-nyj xn-zxyy xn-tcj xn-wlj xn-mzj xn-wjw xn-sthj xn-jrj xn-zgx xn-jtj xn-rbs
"""
LEAD_UNITS = frozenset(_LEADS.split())
# Units that the flood task force leans on; staffed like the lead units.
BUSY_UNITS = LEAD_UNITS | {"xn-slj", "xn-yjj", "xn-czj", "xn-zfb", "xn-fgw", "xn-cgw", "xn-gaj"}

DIVISIONS = {
    "xn-zsj": ("办公室", "数据资源科", "电子政务科", "政务服务科", "信息安全科"),
    "xn-zgj": ("办公室", "地理信息科", "国土空间规划科", "测绘管理科"),
    "xn-nyj": ("办公室", "市场与信息化科", "渔业渔政科", "科技教育科"),
    "xn-zxyy": ("院办公室", "信息科", "护理部"),
    "xn-tcj": ("办公室", "项目信息科", "投资促进科"),
    "xn-wlj": ("办公室", "产业发展科", "公共服务科"),
    "xn-mzj": ("办公室", "基层政权和社区治理科", "养老服务科"),
    "xn-wjw": ("办公室", "规划信息科", "疾病预防控制科", "医政科"),
    "xn-sthj": ("办公室", "生态环境监测科", "水生态环境科", "大气环境科"),
    "xn-jrj": ("办公室", "金融发展科", "金融稳定科"),
    "xn-zgx": ("办公室", "信息科技科", "建筑业管理科", "住房保障科"),
    "xn-jtj": ("办公室", "科技信息科", "运输管理科"),
    "xn-rbs": ("社办公室", "融媒体中心", "技术部"),
    "xn-slj": ("办公室", "水旱灾害防御科", "河湖管理科", "水文水资源科"),
    "xn-yjj": ("办公室", "应急指挥中心", "防汛抗旱科"),
    "xn-fxb": ("综合组", "值班调度组"),
    "xn-zfb": ("秘书一科", "信息技术科", "督查室", "总值班室"),
    "xn-czj": ("办公室", "信息网络科", "行政政法科"),
}
# Fields of work of the deputies, first deputy first.
FIELDS = {
    "xn-zf": (
        "数字政府、政务服务、营商环境",
        "财政、发展改革、审计",
        "公安、司法、信访",
        "农业农村、水利、应急管理",
        "教育、卫生健康、民政",
        "自然资源、住建、交通、生态环境",
    ),
    "xn-zsj": ("数据资源、电子政务", "政务服务、信息安全"),
    "xn-slj": ("水旱灾害防御、河湖管理", "工程建设、水资源"),
    "xn-yjj": ("应急指挥、防汛抗旱", "安全生产"),
    "xn-fxb": ("防汛抗旱日常工作",),
    "xn-wjw": ("规划信息、疾病预防控制", "医政、基层卫生"),
    "xn-sthj": ("监测、水生态环境", "大气、执法"),
}


@dataclass(frozen=True)
class Profile:
    """How many of which posts a unit has; an empty title means that the post does not exist."""

    deputies: int = 1
    deputy_title: str = "副局长"
    office: str = ""
    liaison: bool = True
    handlers: int = 0
    duty: int = 0
    members: int = 0
    digital: bool = True


_HEADS = {  # ending of the full name → (head, deputy); the first ending that fits counts
    "人民代表大会常务委员会办公室": ("主任", "副主任"),
    "纪律检查委员会监察委员会": ("书记、主任", "副书记"),
    "机构编制委员会办公室": ("主任", "副主任"),
    "青年团咸宁市委员会": ("书记", "副书记"),
    "组织部": ("部长", "副部长"),
    "宣传部": ("部长", "副部长"),
    "办公室": ("主任", "副主任"),
    "办事处": ("主任", "副主任"),
    "村民委员会": ("主任", "副主任"),
    "居民委员会": ("主任", "副主任"),
    "委员会": ("主任", "副主任"),
    "总工会": ("主席", "副主席"),
    "联合会": ("主席", "副主席"),
    "协会": ("主席", "副主席"),
    "医院": ("院长", "副院长"),
    "报社": ("社长", "副社长"),
    "中心": ("主任", "副主任"),
    "公司": ("董事长", "总经理"),
    "区人民政府": ("区长", "副区长"),
    "县人民政府": ("县长", "副县长"),
    "市人民政府": ("市长", "副市长"),
    "镇人民政府": ("镇长", "副镇长"),
    "局": ("局长", "副局长"),
}


def titles_of(unit: dict[str, str]) -> tuple[str, str]:
    """Head's and deputy's title, by the ending of the unit's full name."""
    return next(pair for ending, pair in _HEADS.items() if unit["name"].endswith(ending))


def head_title(unit: dict[str, str]) -> str:
    return titles_of(unit)[0]


def profile_of(unit: dict[str, str]) -> Profile:
    deputy = titles_of(unit)[1]
    government = unit["key"].endswith("-zf")
    by_level = {
        "village": Profile(deputies=0, liaison=False, members=2, digital=False),
        "township": Profile(deputy_title=deputy, duty=1, digital=False),
        "county": Profile(deputy_title=deputy, duty=int(government), handlers=int(not government)),
        "province": Profile(deputy_title=deputy, handlers=1),
    }
    if unit["key"] in BUSY_UNITS:
        office = chief_title(divisions_of(unit)[0])
        return Profile(2, deputy, office, handlers=2 if unit["key"] in LEAD_UNITS else 1)
    if unit["key"] == "xn-fxb":
        return Profile(deputy_title="常务副主任", office="综合组组长", handlers=1, duty=1, digital=False)
    return by_level.get(unit["level"], Profile(deputy_title=deputy))


def chief_title(division: str) -> str:
    """The title of a division's head, by the ending of the division's name."""
    chiefs = {
        "科": "科长",
        "股": "股长",
        "处": "处长",
        "组": "组长",
        "部": "部长",
        "室": "主任",
        "心": "主任",
    }
    return division + chiefs[division[-1]]


def divisions_of(unit: dict[str, str]) -> tuple[str, ...]:
    if unit["key"] in DIVISIONS:
        return DIVISIONS[unit["key"]]
    match unit["level"]:
        case "village":
            return ()
        case "township":
            return ("党政综合办公室", "应急管理办公室")
        case "province":
            return ("综合处", "数据管理处")
        case "county":
            return ("办公室", "综合股") if not unit["key"].endswith("-zf") else ("政府办公室", "信息科")
    return ("综合部", "业务部") if unit["kind"] in {"mass_org", "enterprise"} else ("办公室", "综合科")


def field_of(unit_key: str, n: int) -> str:
    fields = FIELDS.get(unit_key, ("信息化、业务工作", "综合事务"))
    return fields[min(n, len(fields)) - 1]

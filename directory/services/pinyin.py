"""Pinyin of names. Surnames are read by our own table: general readers take 单 for dan and 曾 for ceng.

The result is a proposal; administrators may overwrite it, as names are read the way their owners read them.
"""

# Surnames whose reading as a name differs from the usual one, or that readers get wrong.
_SINGLE = """
单 shan 曾 zeng 仇 qiu 解 xie 任 ren 查 zha 区 ou 朴 piao 盖 ge 缪 miao 翟 zhai 乐 yue 员 yun
逄 pang 召 shao 黑 he 秘 bi 折 she 宓 mi 华 hua 冼 xian 洗 xian 葛 ge 燕 yan 覃 qin 种 chong
重 chong 尹 yin 尉 wei 车 che 纪 ji 晁 chao 柏 bai 卜 bu 朝 chao 句 gou 观 guan 哈 ha 牟 mou
佴 nai 能 nai 宁 ning 繁 po 祭 zhai 撒 sa 隗 wei 幺 yao 应 ying 於 yu 长 zhang 藏 zang 亓 qi
贾 jia 石 shi 沈 shen 盛 sheng 相 xiang 降 jiang 曲 qu 谌 chen 褚 chu 都 du 郇 xun 那 na 郗 xi
訾 zi 薄 bo 吕 lv
"""
_COMPOUND = """
尉迟 yu chi, 万俟 mo qi, 澹台 tan tai, 长孙 zhang sun, 单于 chan yu, 宇文 yu wen,
令狐 ling hu, 鲜于 xian yu, 皇甫 huang fu, 诸葛 zhu ge, 欧阳 ou yang, 司马 si ma,
上官 shang guan, 夏侯 xia hou, 东方 dong fang, 慕容 mu rong, 独孤 du gu, 南宫 nan gong,
呼延 hu yan, 公孙 gong sun, 轩辕 xuan yuan, 端木 duan mu, 拓跋 tuo ba, 申屠 shen tu
"""
SURNAMES = {
    **dict(zip(_SINGLE.split()[::2], _SINGLE.split()[1::2], strict=True)),
    **{name: reading for name, _, reading in (pair.strip().partition(" ") for pair in _COMPOUND.split(","))},
}
_LONGEST = max(map(len, SURNAMES))


def spell(name: str) -> str:
    """`单田芳` → `shan tian fang`: lower-case syllables with blanks, ü as v; other letters stay."""
    name = "".join(name.split())
    for length in range(min(_LONGEST, len(name)), 0, -1):
        if reading := SURNAMES.get(name[:length]):
            return " ".join([reading, *_syllables(name[length:])])
    return " ".join(_syllables(name))


def initials(pinyin: str) -> str:
    """`shan tian fang` → `stf`."""
    return "".join(part[0] for part in pinyin.split())


def tidy(typed: str) -> str:
    """Pinyin as an administrator typed it, in our spelling; the blanks between syllables stay."""
    return " ".join(part for part in (normalised(each) for each in typed.split()) if part)


def normalised(typed: str) -> str:
    """What somebody types as pinyin, in our spelling: lower case, v for ü, no blanks or apostrophes."""
    typed = typed.lower().replace("ü", "v").replace("lyu", "lv").replace("nyu", "nv")
    return "".join(part for part in typed if part.isalnum())


def _syllables(text: str) -> list[str]:
    # Imported when first needed: its dictionary takes a second and most processes never read a name.
    from pypinyin import Style, lazy_pinyin

    read = lazy_pinyin(text, style=Style.NORMAL, errors=_as_it_is, v_to_u=False)
    return [part for part in (normalised(each) for each in read) if part]


def _as_it_is(text: str) -> str:
    """Letters and digits that have no pinyin are one syllable."""
    return text.lower()

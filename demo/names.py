"""Invented Chinese names: two or three characters, common and rarer surnames, no well-known person."""

import random

# The number is a weight. The last line holds surnames that pinyin tools often read wrongly (shàn, qiú, zēng,
# xiè, zhā, yuè, ōu, piáo, rèn) and two compound ones, so that the address book is tried with them.
SURNAMES = {
    **dict.fromkeys("王李张刘陈杨黄吴周徐孙胡朱高林何郭马罗", 8),
    **dict.fromkeys("梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田", 4),
    **dict.fromkeys("姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文", 2),
    **dict.fromkeys(("单", "仇", "曾", "解", "查", "乐", "区", "朴", "任", "欧阳", "上官"), 3),
}
_GIVEN_TEXT = """
建民 永福 文斌 德胜 伟东 光明 春生 家旺 宏图 学军 玉兰 秀珍 桂英 芳华 凤霞 红霞 爱民
莲英 海波 江涛 立新 庆丰 卫民 传文 世杰 耀辉 振宇 长青 维平 继红 绍峰 定安 丽娟 晓燕
雪梅 淑芬 美玲 静怡 燕飞 月华 腊梅 友良 本立 先进 汉桥 明义 知行 清远 以恒 景明 言蹊
怀远 书恒 砚耕 承宇 临风 念慈 思源 子默 安澜 浩宇 雨晴 梓萱 佳怡 欣然 诗雨 梦洁 雅琴
若溪 宇航 博文 明轩 天佑 志远 睿哲 晨曦 逸飞 亦舒 可心 婉清 语桐 楚云 南风 牧野 听澜
星河 岚清 晚晴 沐阳 书瑶 景行 安之 守正 立本 务实 允中 秉公 崇文 怀德 笃行 慎之 广益
开济 润生 泽南 汉平 仲平 伯安 季青 云舒 川泽 远舟 青禾 望川 明川
"""
GIVEN = tuple(_GIVEN_TEXT.split())
GIVEN_SINGLE = "涛磊鹏勇刚斌辉峰超健敏静丽娟艳霞莉婷洁倩颖琳蓉薇瑶晗璐昊睿哲彬钧铭毅恒朗骁楠"
_WELL_KNOWN_TEXT = """
王勃 王平 王涛 王磊 王刚 王勇 王毅 王健 王丽 王楠 李宁 李静 李建民 李健 李勇 李毅
李丽 李娟 李艳 李霞 李昊 李哲 李敏 张磊 张静 张敏 张艳 张健 张颖 张朗 张勇 张超 张毅
张志远 刘涛 刘刚 刘翔 刘毅 刘敏 刘志远 陈静 陈健 陈毅 陈超 陈琳 陈楠 陈思源 林峰 胡静
胡哲 胡歌 周敏 周涛 周迅 周颖 高峰 马超 马丽 郭涛 郭静 何洁 何超 黄磊 黄海波 黄立新
黄毅 杨颖 杨毅 杨勇 孙楠 朱军 徐峥 徐磊 徐静 韩磊 韩红 唐嫣 董洁 袁泉 邓超 邓颖 许晴
沈腾 苏轼 戴笠 戴玉兰 田亮 田静 姜文 姚明 谭卓 廖凡 白静 崔健 郝蕾 顾城 侯勇 孟非
常昊 乔丹 龚琳 任静 朴树 雷军 武松 范磊 钱学军 萧亚轩 马云 欧阳娟 于洁 尹健 邵峰 吕毅
吕布 秦明 秦昊 郑爽 于超
"""
WELL_KNOWN = frozenset(_WELL_KNOWN_TEXT.split())


class NameMaker:
    """Draws names that are neither taken nor well known, without repeating itself."""

    def __init__(self, lot: random.Random, taken: set[str]) -> None:
        self._lot = lot
        self._taken = set(taken)
        self._surnames = list(SURNAMES)
        self._weights = list(SURNAMES.values())

    def draw(self) -> str:
        while True:
            name = self._candidate()
            if name not in self._taken and name not in WELL_KNOWN:
                self._taken.add(name)
                return name

    def _candidate(self) -> str:
        surname = self._lot.choices(self._surnames, self._weights)[0]
        if len(surname) == 1 and self._lot.random() < 0.2:
            return surname + self._lot.choice(GIVEN_SINGLE)
        return surname + self._lot.choice(GIVEN)

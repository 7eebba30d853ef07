"""The bots that this site runs, each a folder: handler, forms, page, dialogue (docs/bots/README.md)."""

from bots.desk.bot import Bot
from bots.desk.duban.handler import DUBAN
from bots.desk.shenpi.handler import SHENPI
from bots.desk.shuju.handler import SHUJU
from bots.desk.tixing.handler import TIXING
from bots.desk.zhuanban.handler import ZHUANBAN

DESK: tuple[Bot, ...] = (DUBAN, SHENPI, SHUJU, TIXING, ZHUANBAN)

__all__ = ["DESK", "DUBAN", "SHENPI", "SHUJU", "TIXING", "ZHUANBAN", "Bot"]

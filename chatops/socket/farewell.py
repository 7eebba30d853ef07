"""Why the server ends a live socket: close code, name and sentence (docs/protocol.md, "Signing in")."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

HELLO_WITHIN_S = 10
BAD_FRAME = 4400
SIGNED_OUT = 4401


@dataclass(frozen=True, slots=True)
class Farewell:
    """`close`: the WebSocket's code; `code` and `message` go into the `bye` frame before it."""

    close: int
    code: str
    message: str

    def frame(self) -> dict[str, str]:
        return {"type": "bye", "code": self.code, "message": self.message}


def bad_origin() -> Farewell:
    return Farewell(4403, "bad_origin", _("此页面的地址不是本系统的地址，未能连接；请从正式网址打开。"))


def no_hello() -> Farewell:
    return Farewell(4408, "no_hello", _("连接后没有及时收到握手，连接已断开；请刷新页面。"))


def no_report() -> Farewell:
    return Farewell(
        4408, "no_report", _("长时间未收到接收回报，连接已断开；请检查网络，页面会自动重新连接。")
    )


def too_many_sockets() -> Farewell:
    sentence = _("您同时打开的连接超过 {n} 个，最早的一个已断开；请关闭不用的页面或设备后刷新本页。")
    return Farewell(4409, "too_many_sockets", sentence.format(n=settings.LIVE_SOCKETS_PER_PERSON))


def too_large() -> Farewell:
    return Farewell(4413, "too_large", _("单次发送的内容超过 128 KB，未保存，连接已断开；请分条发送。"))


def too_fast() -> Farewell:
    return Farewell(4429, "too_fast", _("本机向服务器发送过于频繁，连接已断开；请稍候，页面会自动重新连接。"))


def try_later() -> Farewell:
    return Farewell(4503, "try_later", _("服务器暂时无法读取数据，连接已断开；页面会自动重新连接。"))

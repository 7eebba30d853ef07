"""A maubot plugin as its documentation shows it."""

from maubot import MessageEvent, Plugin
from maubot.handlers import command


class EchoBot(Plugin):
    @command.new("echo")
    @command.argument("message", pass_raw=True)
    async def echo(self, evt: MessageEvent, message: str) -> None:
        await evt.reply(message)
        await evt.react("收到")

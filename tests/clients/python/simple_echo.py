"""An echo bot as simplematrixbotlib's own first page shows it. Arguments: homeserver, user, password, folder."""

import os
import sys

import simplematrixbotlib as botlib

homeserver, user, password, folder = sys.argv[1:]
os.chdir(folder)
config = botlib.Config()
config.encryption_enabled = False
config.allowlist = []
bot = botlib.Bot(botlib.Creds(homeserver, user, password), config)


@bot.listener.on_message_event
async def echo(room, message):
    match = botlib.MessageMatch(room, message, bot, "!")
    if match.is_not_from_this_bot() and match.prefix() and match.command("echo"):
        await bot.api.send_text_message(room.room_id, " ".join(match.args()))


bot.run()

"""Jobs of queue `bots`. The bots process alone runs them; each reads the present state and may run twice."""

from bots.runtime import posting, posts
from common import jobs


@jobs.task(name="bots.sync_card", queue="bots")
async def sync_card(item_id: str, room_id: str) -> None:
    await posting.show(posting.ITEM, item_id, room_id)


@jobs.task(name="bots.sync_status", queue="bots")
async def sync_status(subject_id: str, room_id: str) -> None:
    await posting.show(posting.STATUS, subject_id, room_id)


@jobs.task(name="bots.say", queue="bots")
async def say(notice: str) -> None:
    await posting.say(notice)


@jobs.task(name="bots.send_posts", queue="bots")
async def send_posts(bot: str, room_id: str) -> None:
    await posts.send_waiting(bot, room_id)

"""Jobs of queue `bots`, which the bots process alone runs, and those that post nothing, which any worker may.

Each reads the present state and may run twice.
"""

import asyncio
from uuid import UUID

from bots.desk import DESK
from bots.runtime import letters, posting, posts
from bots.services import cases, consents, outs, schedules
from common import jobs
from common.aio import call_service


@jobs.task(name="bots.sync_card", queue="bots")
async def sync_card(item_id: str, room_id: str) -> None:
    await posting.show(posting.ITEM, item_id, room_id)


@jobs.task(name="bots.sync_status", queue="bots")
async def sync_status(room_id: str, subject_ids: str) -> None:
    """`subject_ids`: with commas. One that cannot be shown keeps no other back; the job is tried again."""
    showing = (posting.show(posting.STATUS, one, room_id) for one in subject_ids.split(","))
    for error in await asyncio.gather(*showing, return_exceptions=True):
        if error is not None:
            raise error


@jobs.task(name="bots.sync_alert", queue="bots")
async def sync_alert(alert_id: str, room_id: str) -> None:
    await posting.show(posting.ALERT, alert_id, room_id)


@jobs.task(name="bots.sync_record", queue="bots")
async def sync_record(record_id: str, room_id: str) -> None:
    await posting.show(posting.RECORD, record_id, room_id)


@jobs.task(name="bots.sync_order", queue="bots")
async def sync_order(order_id: str, room_id: str) -> None:
    await posting.show(posting.ORDER, order_id, room_id)


@jobs.task(name="bots.sync_case", queue="bots")
async def sync_case(case_id: str) -> None:
    for room_id in await call_service(cases.rooms_of, case_id):
        await posting.show(posting.CASE, case_id, room_id)


@jobs.task(name="bots.sync_consent", queue="bots")
async def sync_consent(consent_id: str) -> None:
    for room_id in await call_service(consents.rooms_of, consent_id):
        await posting.show(posting.CONSENT, consent_id, room_id)


@jobs.task(name="bots.say", queue="bots")
async def say(notice: str) -> None:
    await posting.say(notice)


@jobs.task(name="bots.send_letters", queue="bots")
async def send_letters(batch: str) -> None:
    await letters.send(UUID(batch))


@jobs.task(name="bots.send_posts", queue="bots")
async def send_posts(bot: str, room_id: str) -> None:
    await posts.send_waiting(bot, room_id)


@jobs.task(name="bots.call_out")
def call_out(call: str) -> None:
    outs.deliver(UUID(call))


@jobs.task(name=schedules.TASK)
def run_schedule(bot: str, name: str) -> None:
    schedules.run(DESK, bot, name)

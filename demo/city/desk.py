"""What the bots would have posted: the same renderings and the same memory, sent at the moment of the deed.

In life the bots process sends over Matrix; in the past there is no process, so the bot speaks through the
service. Cards that are here are known to the bots afterwards and are edited by them, never posted again.
"""

from uuid import UUID

from bots.desk import DESK, Bot
from bots.runtime.posting import CASE, CONSENT, ITEM, ORDER, STATUS, Kind
from bots.services import cases, consents, letters, posting, rendering
from bots.services.accounts import bot_actor
from chatops.cards import card_content, replace_content
from chatops.services.messages import send
from demo.city.clockwork import Job


class PastDesk:
    """The bots of the desk, in the place of their process. Their accounts must be there."""

    def __init__(self) -> None:
        self._actors = {bot.number: bot_actor(bot) for bot in DESK}

    def stand_ins(self) -> dict[str, Job]:
        """Task name → what to call instead."""
        return {
            "bots.sync_card": self.sync_card,
            "bots.sync_status": self.sync_status,
            "bots.sync_order": self.sync_order,
            "bots.sync_case": self.sync_case,
            "bots.sync_consent": self.sync_consent,
            "bots.say": self.say,
            "bots.send_letters": self.send_letters,
        }

    def sync_card(self, item_id: str, room_id: str) -> None:
        self._show(ITEM, item_id, room_id)

    def sync_status(self, room_id: str, subject_ids: str) -> None:
        for subject in subject_ids.split(","):
            self._show(STATUS, subject, room_id)

    def sync_order(self, order_id: str, room_id: str) -> None:
        self._show(ORDER, order_id, room_id)

    def sync_case(self, case_id: str) -> None:
        for room_id in cases.rooms_of(case_id):
            self._show(CASE, case_id, room_id)

    def sync_consent(self, consent_id: str) -> None:
        for room_id in consents.rooms_of(consent_id):
            self._show(CONSENT, consent_id, room_id)

    def send_letters(self, batch: str) -> None:
        waiting = letters.waiting(UUID(batch))
        speeches = letters.compose(waiting)
        for speech in speeches.values():
            self._send(speech.bot, speech.room_id, speech.content)
        letters.settle(
            list(speeches), [letter.slip_id for letter in waiting if letter.slip_id not in speeches]
        )

    def say(self, notice: str) -> None:
        speech = rendering.compose(notice)
        event_id = self._send(speech.bot, speech.room_id, speech.content) if speech else ""
        rendering.settle(notice, event_id)

    def _show(self, kind: Kind, subject: str, room_id: str) -> None:
        card = kind.render(subject, room_id)
        if card is None:
            return
        number, digest = kind.bot.number, rendering.digest_of(card)
        posted = posting.find(number, subject, room_id)
        if posted is None:
            posting.intend(number, room_id, card)
            event_id = self._send(kind.bot, room_id, card_content(card))
        elif posted.digest != digest:
            event_id = posted.event_id
            self._send(kind.bot, room_id, replace_content(card, event_id))
        else:
            return
        posting.sent(number, subject, room_id, event_id=event_id, version=card.version, digest=digest)

    def _send(self, bot: Bot, room_id: str, content: dict[str, object]) -> str:
        actor = self._actors[bot.number]
        return send(actor=actor, room_id=room_id, type="m.room.message", content=content).event_id

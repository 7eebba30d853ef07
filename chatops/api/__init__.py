"""Rooms, messages and cards at the REST door; config/api.py mounts `router` under /api/v1/."""

from ninja import Router

from chatops.api import cards, rooms

router = Router()
router.add_router("", rooms.router)
router.add_router("", cards.router)

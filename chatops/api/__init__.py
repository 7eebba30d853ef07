"""Rooms, messages and cards at the REST door; config/api.py mounts `router` under /api/v1/."""

from ninja import Router

from chatops.api import cards, rooms, search

router = Router()
router.add_router("", rooms.router)
router.add_router("", cards.router)
router.add_router("", search.router)

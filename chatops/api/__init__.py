"""Rooms, messages and cards at the REST door; config/api.py mounts `router` under /api/v1/."""

from ninja import Router

from chatops.api import (
    cards,
    drafts,
    forwards,
    pins,
    polls,
    receipts,
    relations,
    room_filters,
    room_settings,
    rooms,
    search,
    threads,
)

router = Router()
router.add_router("", room_settings.router)  # first: /rooms/joinable is no room
router.add_router("", rooms.router)
router.add_router("", receipts.router)
router.add_router("", room_filters.router)
router.add_router("", cards.router)
router.add_router("", relations.router)
router.add_router("", threads.router)
router.add_router("", polls.router)
router.add_router("", search.router)
router.add_router("", pins.router)
router.add_router("", forwards.router)
router.add_router("", drafts.router)

"""Rooms, messages and cards at the REST door; config/api.py mounts `router` under /api/v1/."""

from ninja import Router

from chatops.api import (
    cards,
    drafts,
    forwards,
    media,
    pins,
    polls,
    receipts,
    relations,
    room_filters,
    room_settings,
    rooms,
    search,
    secrecy,
    threads,
    uploads,
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
router.add_router("", media.router)
router.add_router("", uploads.router)
router.add_router("", secrecy.router)

"""The directory's part of the REST door; config/api.py mounts `router` under /api/v1/."""

from ninja import Router

from directory.api import admin, directory, session, sheets

router = Router()
router.add_router("", session.router)
router.add_router("", directory.router)
router.add_router("", admin.router)
router.add_router("", sheets.router)

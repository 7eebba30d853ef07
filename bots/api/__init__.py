"""The bots' part of the REST door; config/api.py mounts `router` under /api/v1/."""

from ninja import Router

from bots.api import admin

router = Router()
router.add_router("", admin.router)

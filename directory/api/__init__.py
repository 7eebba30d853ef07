"""The directory's part of the REST door; config/api.py mounts `router` under /api/v1/."""

from ninja import Router

from directory.api import session

router = Router()
router.add_router("", session.router)

"""The connectors' part of the REST door; config/api.py mounts `router` under /api/v1/."""

from ninja import Router

from connectors.api import sources

router = Router()
router.add_router("", sources.router)

"""The connectors' part of the REST door; config/api.py mounts `router` under /api/v1/."""

from ninja import Router

from connectors.api import (
    administration,
    alerts,
    entries,
    intake,
    limits,
    metrics,
    pushes,
    records,
    sources,
    subscriptions,
    trials,
)

router = Router()
PARTS = (
    sources,
    trials,
    administration,
    intake,
    alerts,
    limits,
    entries,
    metrics,
    records,
    subscriptions,
    pushes,
)
for part in PARTS:
    router.add_router("", part.router)

"""The connectors' part of the REST door; config/api.py mounts `router` under /api/v1/."""

from ninja import Router

from connectors.api import (
    administration,
    alerts,
    entries,
    limits,
    metrics,
    pushes,
    records,
    sources,
    subscriptions,
)

router = Router()
for part in (sources, administration, alerts, entries, limits, metrics, records, subscriptions, pushes):
    router.add_router("", part.router)

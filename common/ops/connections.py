"""How many database connections the processes of a site may open together; docs/settings.md has the table."""

from django.conf import settings

# The journal and the drain hold one each, beside their pools (chatops/delivery).
APP_OWN = 2
# procrastinate's pool (psycopg_pool's default size) and its listener.
JOBS_OWN = 5
# The advisory lock by which one bot process is the active one.
BOTS_OWN = 1
# The advisory locks of the ports.
GATEWAY_OWN = 1


def per_process() -> dict[str, int]:
    """The most connections that one process of each kind opens."""
    django_pool = int(settings.DATABASE_POOL)
    return {
        "app": django_pool + int(settings.ASYNC_POOL) + APP_OWN,
        "worker": django_pool + JOBS_OWN,
        "gateway": django_pool + GATEWAY_OWN,
        "bots": django_pool + JOBS_OWN + BOTS_OWN,
    }


def planned() -> int:
    """The most connections that the site opens with the configured numbers of processes."""
    each = per_process()
    return (
        settings.APP_PROCESSES * each["app"]
        + settings.WORKER_PROCESSES * each["worker"]
        + settings.GATEWAY_PROCESSES * each["gateway"]
        + settings.BOT_PROCESSES * each["bots"]
    )

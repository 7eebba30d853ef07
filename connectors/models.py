"""Models of this floor, re-exported for Django."""

from connectors.store.models import *  # noqa: F403

"""Models of this floor, re-exported for Django."""

from workflows.store.models import *  # noqa: F403

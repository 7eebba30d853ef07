"""Models of this floor, re-exported for Django."""

from directory.store.models import *  # noqa: F403

"""Models of floor 0, re-exported for Django."""

from common.store.models import AuditEntry, ClockOffset, Timer

__all__ = ["AuditEntry", "ClockOffset", "Timer"]

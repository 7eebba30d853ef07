"""Models of this floor, re-exported for Django."""

from connectors.store.models import Connector, Metric, PullRun, StatusItem, Subject, Subscription

__all__ = ["Connector", "Metric", "PullRun", "StatusItem", "Subject", "Subscription"]

"""Models of this floor, one noun each."""

from connectors.store.models.alerts import Alert, AlertChange, AlertKind
from connectors.store.models.readings import Entry, IntakeOutcome, RawIntake, Replay, RollUp, StatusItem
from connectors.store.models.records import Record, RecordStage, RecordState, WriteBack
from connectors.store.models.rules import AlertLevel, AlertRule, Op, RuleMemory, ThresholdBand, ThresholdTable
from connectors.store.models.sources import (
    Connector,
    Freshness,
    Health,
    Kind,
    Metric,
    Outcome,
    PullRun,
    Quality,
    Shows,
    Subject,
    Subscription,
    every_card,
)

__all__ = [
    "Alert",
    "AlertChange",
    "AlertKind",
    "AlertLevel",
    "AlertRule",
    "Connector",
    "Entry",
    "Freshness",
    "Health",
    "IntakeOutcome",
    "Kind",
    "Metric",
    "Op",
    "Outcome",
    "PullRun",
    "Quality",
    "RawIntake",
    "Record",
    "RecordStage",
    "RecordState",
    "Replay",
    "RollUp",
    "RuleMemory",
    "Shows",
    "StatusItem",
    "Subject",
    "Subscription",
    "ThresholdBand",
    "ThresholdTable",
    "WriteBack",
    "every_card",
]

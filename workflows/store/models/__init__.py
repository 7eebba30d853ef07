"""All models of this floor, one file per noun."""

from workflows.store.models.absences import Absence
from workflows.store.models.attached import AppCall, AppPending, AppRoom, AppTally, AttachedApp
from workflows.store.models.calendar import CalendarDay, OfficeHoursRow
from workflows.store.models.case_results import CaseArchive, CaseItem, DocumentDelivery
from workflows.store.models.cases import (
    Case,
    CaseCc,
    CaseDraft,
    CaseEntry,
    CaseFile,
    CaseSeries,
    CaseTask,
    Delegation,
)
from workflows.store.models.chasing import ChasePolicy, ReminderLadder, Slip, SlipLine
from workflows.store.models.colours import ColourNotice, ColourOverride, ColourRule, ColourRuleChoice
from workflows.store.models.consents import Consent
from workflows.store.models.deeds import Deed
from workflows.store.models.escalation import EscalationStep, LetterSeries
from workflows.store.models.experts import ExpertReview, ForceExpert, ReviewInvitation
from workflows.store.models.feedback import BurdenCount, Feedback, ItemReading
from workflows.store.models.force_meetings import ForceMeeting, MeetingDecision, MeetingPlan
from workflows.store.models.force_setups import ForceGroup, ForceSetup
from workflows.store.models.goals import Goal, Indicator, ItemGoal, Policy
from workflows.store.models.hard_problems import HardProblem, ProblemStep
from workflows.store.models.imports import ImportBatch, ImportRow
from workflows.store.models.items import Extension, Item, ItemHistory, Milestone, ProgressReport
from workflows.store.models.ledgers import FormalNumber, FormalSeries, Ledger, OrganCode
from workflows.store.models.orders import (
    Order,
    OrderAttempt,
    OrderHistory,
    OrderItem,
    OrderRecipient,
    OrderRoom,
    OrderRung,
    OrderSeries,
    OrderState,
    OrderTemplate,
    OrderTick,
    OrderUnit,
    OrderVersion,
    OrderWatch,
    RecipientState,
    Urgency,
)
from workflows.store.models.parts import Evidence, ItemFollow, ItemPart, LeadDispute, Rectification
from workflows.store.models.processes import Process, ProcessVersion
from workflows.store.models.rankings import RankingEdition, RankingSwitch
from workflows.store.models.reminders import Reminder
from workflows.store.models.snapshots import ColourSnapshot
from workflows.store.models.supervision import ProgressSheet, QualityFinding, SpotCheck, SpotPick
from workflows.store.models.taskforces import TaskForce, TaskForceUnit
from workflows.store.models.triggers import Trigger, TriggerRun

__all__ = [
    "Absence",
    "AppCall",
    "AppPending",
    "AppRoom",
    "AppTally",
    "AttachedApp",
    "BurdenCount",
    "CalendarDay",
    "Case",
    "CaseArchive",
    "CaseCc",
    "CaseDraft",
    "CaseEntry",
    "CaseFile",
    "CaseItem",
    "CaseSeries",
    "CaseTask",
    "ChasePolicy",
    "ColourNotice",
    "ColourOverride",
    "ColourRule",
    "ColourRuleChoice",
    "ColourSnapshot",
    "Consent",
    "Deed",
    "Delegation",
    "DocumentDelivery",
    "EscalationStep",
    "Evidence",
    "ExpertReview",
    "Extension",
    "Feedback",
    "ForceExpert",
    "ForceGroup",
    "ForceMeeting",
    "ForceSetup",
    "FormalNumber",
    "FormalSeries",
    "Goal",
    "HardProblem",
    "ImportBatch",
    "ImportRow",
    "Indicator",
    "Item",
    "ItemFollow",
    "ItemGoal",
    "ItemHistory",
    "ItemPart",
    "ItemReading",
    "LeadDispute",
    "Ledger",
    "LetterSeries",
    "MeetingDecision",
    "MeetingPlan",
    "Milestone",
    "OfficeHoursRow",
    "Order",
    "OrderAttempt",
    "OrderHistory",
    "OrderItem",
    "OrderRecipient",
    "OrderRoom",
    "OrderRung",
    "OrderSeries",
    "OrderState",
    "OrderTemplate",
    "OrderTick",
    "OrderUnit",
    "OrderVersion",
    "OrderWatch",
    "OrganCode",
    "Policy",
    "ProblemStep",
    "Process",
    "ProcessVersion",
    "ProgressReport",
    "ProgressSheet",
    "QualityFinding",
    "RankingEdition",
    "RankingSwitch",
    "RecipientState",
    "Rectification",
    "Reminder",
    "ReminderLadder",
    "ReviewInvitation",
    "Slip",
    "SlipLine",
    "SpotCheck",
    "SpotPick",
    "TaskForce",
    "TaskForceUnit",
    "Trigger",
    "TriggerRun",
    "Urgency",
]

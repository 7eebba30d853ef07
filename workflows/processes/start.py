"""Fills the registry of what service tasks do, when the app starts."""

from common.events import subscribe
from workflows.approvals import registry
from workflows.approvals.registry import Service
from workflows.events import CaseMoved
from workflows.processes import archiving, distribution, making_items, notices, numbering


def connect() -> None:
    registry.register(Service("number", "编号", numbering.give))
    registry.register(Service("distribute", "分发", distribution.send))
    registry.register(Service("create_items", "转督办事项", making_items.make))
    registry.register(Service("notify", "告知", notices.tell))
    registry.register(Service("archive", "归档", archiving.keep))
    subscribe(CaseMoved, numbering.void_of_ended)
    subscribe(CaseMoved, distribution.show_to_sender)

"""What approvals hook into when the app starts."""

from common import events
from directory.events import DirectoryChanged, RightsChanged
from workflows.approvals import leavings


def connect() -> None:
    """Called once."""
    events.subscribe(RightsChanged, leavings.on_rights)
    events.subscribe(DirectoryChanged, leavings.on_directory)

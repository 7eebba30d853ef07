"""Loaded by pytest before anything else (`-p` in pyproject): where this run's servers will listen.

Settings are read from the environment, once: addresses are fixed here, servers start with the session. Each
run takes a slot of its own under `var/test` (or, where the unprivileged database user cannot go there, under
/var/lib/tongzhou): several runs in one checkout do not meet, and a slot keeps its cluster for the next run.
"""

import os

from tests.support.servers import Slot, find_slot

if "PYTEST_XDIST_WORKER" in os.environ:
    SLOT = Slot.from_environment()
else:
    SLOT = find_slot()
    SLOT.to_environment()

os.environ.update(SLOT.settings(os.environ.get("PYTEST_XDIST_WORKER", "main")))

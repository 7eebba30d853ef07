"""People and rooms for a swarm. `python -m tests.faults.people MEMBERS`, with a site's environment, prints the clients.

One group has all of them, pairs have a small group each; one in ten sends about once a second.
"""

import json
import os
import sys
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from chatops.services import rooms  # noqa: E402
from directory.models import PostRole  # noqa: E402
from tests.support.world import make_person, make_unit  # noqa: E402

SENDER = 10


def make_clients(members: int) -> list[dict[str, Any]]:
    """secret and rooms of each; rooms are those that it sends to."""
    unit = make_unit()
    people = [make_person(f"人{number}", unit=unit, role=PostRole.OFFICE) for number in range(members)]
    keys = [person.pk for person in people]
    group = rooms.create_room(actor=people[0].actor(), kind="work", name="大群", members=keys)
    clients: list[dict[str, Any]] = [{"secret": person.secret, "rooms": []} for person in people]
    for first in range(0, members, SENDER):
        pair = rooms.create_room(
            actor=people[first].actor(),
            kind="work",
            name=f"小群{first}",
            members=[keys[first], keys[first + 1]],
        )
        clients[first] = {
            **clients[first],
            "rooms": [group.room_id, group.room_id, pair.room_id],
            "pause_s": 1.0,
        }
    return clients


if __name__ == "__main__":
    print(json.dumps(make_clients(int(sys.argv[1]))))  # noqa: T201 (its answer)

"""Tiles of the workbench: a few of the values that a person may see, each as its status card."""

from dataclasses import replace

from chatops.cards import Card
from connectors.cards import render
from connectors.services import audience
from connectors.services.status import state_of
from directory.actors import Actor

MOST = 4


def list_tiles(actor: Actor) -> list[Card]:
    """What groups of the person asked for by name comes first, then one subject of each source; at most four.

    A quantity that is masked in all of the person's groups is not shown, and a subject without any left has no tile.
    """
    cards: list[Card] = []
    is_shown = audience.unmasked(actor)
    for subject in audience.tile_subjects(actor, most=2 * MOST):
        state = state_of(subject.pk)
        metrics = tuple(one for one in state.metrics if is_shown(one.metric)) if state else ()
        if state and metrics:
            cards.append(render(replace(state, metrics=metrics)))
        if len(cards) == MOST:
            break
    return cards

"""What must hold before a whole is reported, checked or closed. Each refusal says the way out."""

from django.utils.translation import gettext as _

from common.errors import ConflictError, ForbiddenError
from directory.actors import Actor
from workflows.rules.part_moves import ANSWERED
from workflows.store import items as store
from workflows.store import parts as part_store
from workflows.store.models import Item

NAMED = 5


class ChildrenOpenError(ConflictError):
    """facts: items, as [number, title]."""

    code = "children_open"


class PartsOpenError(ConflictError):
    """facts: units that have not answered, or whose different opinion waits for an answer."""

    code = "parts_open"


class OwnWorkError(ForbiddenError):
    """Who did it does not check it."""

    code = "own_work"


def require_no_open_child(item: Item) -> None:
    """Raises ChildrenOpenError."""
    found = store.open_children(item.pk)
    if not found:
        return
    words = _("、").join(
        _("第{number}项“{title}”").format(number=one.number, title=one.title) for one in found[:NAMED]
    )
    raise ChildrenOpenError(
        message=_("还有{count}个分项未办结：{items}。请先办结或取消分项。").format(
            count=len(found), items=words
        ),
        items=[[one.number, one.title] for one in found],
    )


def require_whole(item: Item) -> None:
    """Raises ChildrenOpenError; PartsOpenError: a supporting unit has not answered, or a dissent waits for the lead."""
    require_no_open_child(item)
    parts = part_store.of_item(item.pk)
    silent = [one.unit.name for one in parts if one.state not in ANSWERED]
    if silent:
        words = _("会办单位{units}尚未答复。请催办，或由其答复“无意见”后再报完成。")
        raise PartsOpenError(message=words.format(units=_("、").join(silent)), units=silent)
    differing = [one.unit.name for one in parts if one.dissent and not one.dissent_answer]
    if differing:
        words = _("{units}有不同意见，请牵头单位先逐条答复，再报完成。")
        raise PartsOpenError(message=words.format(units=_("、").join(differing)), units=differing)


def require_other(actor: Actor, item: Item) -> None:
    """Raises OwnWorkError: the actor handles the item, or reported or rectified it."""
    doers = {item.handler_id, *part_store.doers_of(item.pk)}
    if actor.staff_id and actor.staff_id in doers:
        raise OwnWorkError(message=_("您经办或报送了本事项，不能由本人核查或办结。请由其他督查人员办理。"))

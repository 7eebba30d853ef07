"""Adding to readings what is computed of them; such values are marked 推算."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from pydantic import ValidationError

from common.errors import BadInputError
from connectors.items import Reading
from connectors.quality import counts
from connectors.rules import derived as rules
from connectors.store.models import Connector, Quality


def with_derived(connector: Connector, readings: Sequence[Reading]) -> list[Reading]:
    """The readings and, for each subject and moment, what can be computed of those that count."""
    if not connector.derived or not readings:
        return list(readings)
    wanted = rules.read(connector.derived)
    groups: dict[tuple[str, datetime], list[Reading]] = defaultdict(list)
    for reading in readings:
        if counts(reading.quality):
            groups[reading.subject_code, reading.observed_at].append(reading)
    made = []
    for group in groups.values():
        values: dict[str, Decimal] = {one.metric: one.value for one in group}
        found = rules.compute_all(wanted, values)
        made += [
            _reading(group[0], one, found[one.key], rank)
            for rank, one in enumerate(wanted)
            if one.key in found
        ]
    return [*readings, *made]


def check(raw: object) -> list[dict[str, object]]:
    """The setting as it is kept. Raises BadInputError, whose field names the place."""
    try:
        return [one.model_dump() for one in rules.read(raw)]
    except ValidationError as err:
        first = err.errors()[0]
        where = ".".join(str(part) for part in ("derived", *first["loc"]))
        raise BadInputError(field=where, message=_("推算指标有误，请检查算式和名称。")) from err


def _reading(of: Reading, one: rules.Derived, value: Decimal, rank: int) -> Reading:
    return replace(
        of,
        metric=one.key,
        metric_name=one.name,
        unit=one.unit,
        decimals=one.decimals,
        value=value,
        rank=100 + rank,
        warning=None,
        guarantee=None,
        near_margin=Decimal(0),
        quality=Quality.DERIVED,
        source_field="",
    )

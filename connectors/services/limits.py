"""Tables of limits as an official sets them: kept with the sentences that they read as, audited, used at once."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.services import admission
from common import audit
from common.errors import BadInputError, NotFoundError
from connectors.rules.bands import Band
from connectors.rules.sentences import Named, band_sentence
from connectors.services import typed
from connectors.services.judging import band_of
from connectors.services.manage import access_connector
from connectors.store.alerts import names_of
from connectors.store.models import Connector, ThresholdBand, ThresholdTable
from directory.actors import Actor

MOST_BANDS = 40


@dataclass(frozen=True)
class TableIn:
    """A table of limits to be kept in place of the one for this metric, and subject where one is named."""

    metric: str
    name: str
    bands: Sequence[Mapping[str, Any]]
    subject_id: UUID | None = None
    basis: str = ""
    is_enabled: bool = True


def list_tables(actor: Actor, connector_id: UUID) -> list[ThresholdTable]:
    connector = access_connector(actor, connector_id)
    return list(connector.thresholds.select_related("subject").prefetch_related("bands"))


def check_put_table(*, actor: Actor, connector_id: UUID, new: TableIn) -> ThresholdTable:
    """Raises NotFoundError, ForbiddenError, SecrecyRefusedError; BadInputError names the field: bands.2.limit."""
    connector = access_connector(actor, connector_id, verb="connector.manage")
    limits = bands_of(new)
    name, basis = typed.text(new.name, "name", most=120), typed.text(new.basis, "basis", most=200, empty=True)
    admission.check("\n".join([name, basis, *(one.label for one in limits)]), actor=actor, where="connector")
    with transaction.atomic():
        table, is_new = ThresholdTable.objects.select_for_update(of=("self",)).get_or_create(
            connector=connector,
            subject=typed.subject(connector, new.subject_id),
            metric=typed.metric(new.metric),
            defaults={"name": name},
        )
        old = None if is_new else facts_of(table)
        table.name, table.basis, table.is_enabled = name, basis, new.is_enabled
        table.save()
        table.bands.all().delete()
        ThresholdBand.objects.bulk_create(ThresholdBand(table=table, **asdict(one)) for one in limits)
        _record(actor, table, old, facts_of(table))
    return table


def delete_table(*, actor: Actor, table_id: UUID) -> None:
    """Raises NotFoundError, ForbiddenError."""
    table = ThresholdTable.objects.filter(pk=table_id).first()
    if table is None:
        raise NotFoundError
    access_connector(actor, table.connector_id, verb="connector.manage")
    with transaction.atomic():
        _record(actor, table, facts_of(table), None)
        table.delete()


def bands_of(new: TableIn) -> list[Band]:
    """The limits as they would be kept. Raises BadInputError: such as bands.2.limit."""
    limits = [typed.band(raw, place) for place, raw in enumerate(new.bands)]
    if not 0 < len(limits) <= MOST_BANDS:
        raise BadInputError(field="bands", message=_("请填写1至{most}条限值。").format(most=MOST_BANDS))
    return limits


def sentences_of(connector: Connector, metric: str, limits: Sequence[Band]) -> list[str]:
    """Each limit as an official reads it."""
    named = names_of(connector.pk).get(metric, Named(metric, ""))
    return [band_sentence(one, named) for one in limits]


def table_sentences(table: ThresholdTable) -> list[str]:
    return sentences_of(table.connector, table.metric, [band_of(row) for row in table.bands.all()])


def facts_of(table: ThresholdTable) -> dict[str, Any]:
    rows = [{key: str(value) for key, value in asdict(band_of(row)).items()} for row in table.bands.all()]
    about = {"metric": table.metric, "name": table.name, "basis": table.basis, "bands": rows}
    return about | {"is_enabled": table.is_enabled}


def _record(
    actor: Actor, table: ThresholdTable, old: dict[str, Any] | None, new: dict[str, Any] | None
) -> None:
    about = {"verb": "connector.manage", "subject": "threshold"}
    audit.record(actor=actor, subject_id=table.pk, old=old, new=new, **about)

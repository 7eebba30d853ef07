from uuid import UUID

from workflows.store.models import ImportBatch, ImportRow


def find(batch_id: UUID) -> ImportBatch | None:
    return (
        ImportBatch.objects.select_related("taskforce__lead_unit", "ledger__unit").filter(pk=batch_id).first()
    )


def lock(batch_id: UUID) -> ImportBatch:
    return ImportBatch.objects.select_for_update(no_key=True).get(pk=batch_id)


def add(batch: ImportBatch, rows: list[ImportRow]) -> None:
    batch.save(force_insert=True)
    ImportRow.objects.bulk_create(rows)


def rows(batch_id: UUID) -> list[ImportRow]:
    return list(ImportRow.objects.filter(batch_id=batch_id).select_related("lead_unit").order_by("line"))


def lock_row(batch_id: UUID, line: int) -> ImportRow | None:
    found = ImportRow.objects.select_for_update(no_key=True, of=("self",)).select_related("lead_unit")
    return found.filter(batch_id=batch_id, line=line).first()


def save_items(rows: list[ImportRow]) -> None:
    ImportRow.objects.bulk_update(rows, ["item"])

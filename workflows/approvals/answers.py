"""What deeds answer."""

from uuid import UUID

from pydantic import BaseModel


class BegunOut(BaseModel):
    id: UUID
    serial: str
    title: str
    state: str


class CaseDeedOut(BaseModel):
    """`message`: what was done, to be shown; `to`: with whom the case is now."""

    id: UUID
    message: str
    state: str
    shown: int
    to: list[str] = []

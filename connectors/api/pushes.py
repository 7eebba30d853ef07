"""Where sources push their documents: signed, without a session."""

from typing import Any

from ninja import Router, Schema

from connectors.services import pushes
from connectors.services.pushes import Push
from directory.requests import ApiRequest

router = Router(tags=["connectors"])


class PushedOut(Schema):
    """`rows` of the document; `stored` values; `rejected` of them could not be used. `repeated`: taken before."""

    repeated: bool
    rows: int
    stored: int
    rejected: int


@router.post("/connectors/push/{key}", auth=None, response=PushedOut, summary="A source pushes a document")
def push_document(request: ApiRequest, key: str) -> Any:
    """Signed by the headers X-Tongzhou-Time, -Id and -Signature (docs/connectors.md). The same id counts once."""
    return pushes.take(
        Push(
            key=key,
            peer=request.client_addr,
            time=request.headers.get("X-Tongzhou-Time", ""),
            id=request.headers.get("X-Tongzhou-Id", ""),
            signature=request.headers.get("X-Tongzhou-Signature", ""),
            body=request.body,
        )
    )

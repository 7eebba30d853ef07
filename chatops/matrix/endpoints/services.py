"""Application services ask whether we reach them (Application Service API, "Pinging")."""

import time
from typing import Any

import httpx

from chatops.matrix.errors import MatrixError, forbidden
from chatops.matrix.requests import Json, Request, text
from chatops.services import appservices
from common.aio import call_service
from common.errors import NotFoundError

TIMEOUT_S = 30


async def ping(request: Request, service: str) -> Json:
    """Only for the service itself."""
    body = await request.json()
    if request.appservice != service:
        raise forbidden("Only the application service itself may ask")
    payload: dict[str, Any] = (
        {"transaction_id": text(body, "transaction_id")} if "transaction_id" in body else {}
    )
    try:
        url, token = await call_service(appservices.hs_token_of, service)
    except NotFoundError:
        raise MatrixError(400, "M_URL_NOT_SET", "The application service has no url") from None
    began = time.perf_counter()
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_S) as client:
            answer = await client.post(
                f"{url}/_matrix/app/v1/ping", json=payload, headers={"Authorization": f"Bearer {token}"}
            )
    except httpx.TimeoutException:
        raise MatrixError(
            504, "M_CONNECTION_TIMEOUT", "The application service did not answer in time"
        ) from None
    except httpx.HTTPError:
        raise MatrixError(502, "M_CONNECTION_FAILED", "The application service cannot be reached") from None
    if not answer.is_success:
        error = MatrixError(502, "M_BAD_STATUS", "The application service answered with an error")
        error.extra = {"status": answer.status_code, "body": answer.text[:2000]}
        raise error
    return {"duration_ms": int((time.perf_counter() - began) * 1000)}

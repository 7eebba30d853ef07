"""A program at the real doors of a running site: signs in as a browser does, reads, writes."""

import hashlib
from typing import Any, Self

import httpx

from common.ids import new_uuid

Json = dict[str, Any]


class SiteClient:
    """`with SiteClient(url, number, password) as person:` — a session by cookie, with CSRF."""

    def __init__(self, url: str, number: str, password: str) -> None:
        self.url, self._number, self._password = url, number, password
        self._http = httpx.Client(base_url=url, trust_env=False, timeout=30)
        self.me: Json = {}

    def __enter__(self) -> Self:
        self._http.get("/api/v1/session")  # sets the CSRF cookie
        self.me = self.post("/session", {"staff_number": self._number, "password": self._password})
        return self

    def __exit__(self, *_exc: object) -> None:
        self._http.close()

    def get(self, path: str, **query: Any) -> Json:
        return self._read(self._http.get(f"/api/v1{path}", params=query))

    def post(self, path: str, body: Json | None = None, **more: Any) -> Json:
        sent = more or {"json": body or {}}
        return self._read(self._http.post(f"/api/v1{path}", headers=self._proof(), **sent))

    def put(self, path: str, body: Json) -> Json:
        return self._read(self._http.put(f"/api/v1{path}", headers=self._proof(), json=body))

    def _proof(self) -> dict[str, str]:
        return {"X-CSRFToken": self._http.cookies.get("csrftoken") or "", "Origin": self.url}

    @staticmethod
    def _read(answer: httpx.Response) -> Json:
        assert answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.text}"
        found: Json = answer.json() if answer.content else {}
        return found

    def say(self, room: str, body: str, **content: Any) -> Json:
        message = {"msgtype": "m.text", "body": body, **content}
        return self.post(f"/rooms/{room}/messages", {"txn_id": str(new_uuid()), "content": message})

    def upload(self, name: str, mime: str, data: bytes) -> str:
        """Send a file through the Matrix door, as the web client does; its mxc address."""
        answer = self._http.post(
            "/_matrix/media/v3/upload", params={"filename": name}, content=data,
            headers={"Content-Type": mime, "Authorization": f"Bearer {self._token()}"},
        )  # fmt: skip
        return str(self._read(answer)["content_uri"])

    def download(self, mxc: str) -> Json:
        """Type, length and SHA-256 of a file."""
        answer = self._http.get(
            f"/_matrix/client/v1/media/download/{mxc.removeprefix('mxc://')}",
            headers={"Authorization": f"Bearer {self._token()}"},
        )
        assert answer.is_success, answer.text
        digest = hashlib.sha256(answer.content).hexdigest()
        return {"mime": answer.headers["content-type"], "size": len(answer.content), "sha256": digest}

    def _token(self) -> str:
        body = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": self._number},
            "password": self._password,
            "device_id": f"UPGRADE-{self._number}",
        }
        return str(self._read(self._http.post("/_matrix/client/v3/login", json=body))["access_token"])

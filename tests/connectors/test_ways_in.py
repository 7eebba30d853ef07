"""How a REST source knows us, how its pages are followed, and how it is let alone when it fails."""

import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest

from common import clock
from connectors.adapters import rest
from connectors.asking import Ask
from connectors.config import Auth
from connectors.errors import SourceError
from connectors.services import pull
from connectors.signing import signed_headers
from tests.connectors import gauge
from tests.connectors.asking import ask, connect, serving

PAGE = json.dumps(gauge.document(gauge.row())).encode()


@pytest.mark.parametrize(
    ("auth", "header", "said"),
    [
        ({"kind": "bearer"}, "authorization", "Bearer s3cret"),
        ({"kind": "header", "header": "X-Key"}, "x-key", "s3cret"),
        ({"kind": "basic", "user": "u"}, "authorization", "Basic dTpzM2NyZXQ="),
    ],
)
def test_ways_of_being_known(auth, header, said):
    server = serving({"/api/latest": PAGE})
    with server as url:
        rest.pull(ask(gauge.config(url, auth=auth | {"secret": "KEY"}), KEY="s3cret"))
    assert server.asked[0][1][header] == said


def test_a_key_in_the_query_and_a_signature_over_the_request():
    server = serving({"/api/latest": PAGE})
    with server as url:
        rest.pull(ask(gauge.config(url, auth={"kind": "query", "param": "k", "secret": "KEY"}), KEY="s3cret"))
        auth = {"kind": "hmac", "app_key": "app", "secret": "KEY"}
        rest.pull(ask(gauge.config(url, auth=auth), KEY="s3cret"))
    assert server.asked[0][0].endswith("?k=s3cret")
    headers = server.asked[1][1]
    moment = datetime.fromtimestamp(int(headers["x-timestamp"]) / 1000, UTC)
    wanted = signed_headers(
        Auth(kind="hmac", app_key="app", secret="KEY"), "s3cret", method="GET", path="/api/latest", query="", body=b"",
        now=moment, nonce=headers["x-nonce"],
    )  # fmt: skip
    assert headers["x-signature"] == wanted["X-Signature"]
    assert "s3cret" not in str(headers)


def test_pages_by_link_stay_on_their_host():
    answers = {"/items": PAGE, "/items2": PAGE}
    with serving(answers, link="/items2") as url:
        config = gauge.config(url, paging={"kind": "link"}) | {"url": f"{url}/items"}
        assert rest.pull(ask(config)).parsed.rows == 2
    with serving(answers, link="http://169.254.169.254/latest") as url:
        config = gauge.config(url, paging={"kind": "link"}) | {"url": f"{url}/items"}
        with pytest.raises(SourceError) as refused:
            rest.pull(ask(config))
    assert "另一台主机" in refused.value.user_message()


def test_pages_by_offset():
    full = json.dumps(gauge.document(*[gauge.row(STCD=str(number)) for number in range(2)])).encode()
    answers = {"/items?page=0&size=2": full, "/items?page=2&size=2": PAGE}
    server = serving(answers)
    with server as url:
        config = gauge.config(url, paging={"kind": "offset", "size": 2}) | {"url": f"{url}/items"}
        assert rest.pull(ask(config)).parsed.rows == 3


@pytest.mark.django_db
def test_a_source_that_fails_again_and_again_is_let_alone_for_longer_and_longer(monkeypatch):
    connector = connect("rest", gauge.config("http://127.0.0.1:9"))
    asked: list[datetime] = []

    def fails(given: Ask) -> None:
        asked.append(given.now)
        raise SourceError("refused", "数据源答复了错误码 500。")

    monkeypatch.setitem(pull.ADAPTERS, "rest", fails)
    begun = gauge.at(8)
    for minute in range(60):
        with clock.travel(begun + timedelta(minutes=minute)):
            pull.pull_and_rearm(connector.pk)
    gaps = [int((b - a).total_seconds() / 60) for a, b in itertools.pairwise(asked)]
    assert gaps == [1, 2, 4, 8, 15, 15]

"""What the supervisor reads from the person who starts it, and hands to its processes."""

import pytest

from deploy.embedded import environment
from deploy.embedded.environment import Wish, adopt, for_processes, save
from deploy.embedded.errors import StartError

ASKED = (
    "PORT",
    "LISTEN",
    "DEMO",
    "DATABASE_URL",
    "REDIS_URL",
    "PUBLIC_URL",
    "ALLOWED_HOSTS",
    "SECRET_KEY",
    "CONNECTOR_KEY",
    "TZ_CLOCK",
)


@pytest.fixture
def unset(monkeypatch):
    """Nothing is asked for."""
    for name in (
        *ASKED,
        "APP_URL",
        "TZ_VAR_DIR",
        "NEIGHBOUR_PORT",
        "NEIGHBOUR_URL",
        "NEIGHBOUR_OFFICES_PORT",
        "NEIGHBOUR_HJ212_PORT",
        "NEIGHBOUR_SL651_PORT",
        "NEIGHBOUR_MQTT_PORT",
        "NEIGHBOUR_PHONES_PORT",
        "TEXT_GATEWAY_URL",
        "VOICE_GATEWAY_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def made(wish: Wish) -> dict[str, str]:
    return for_processes(
        wish,
        secret_key="key",
        connector_key="other",
        database_url="pg",
        redis_url="redis",
        ports={"neighbours": 2, "offices": 3, "hj212": 4, "sl651": 5, "phones": 6, "mqtt": 7},
    )


def test_a_demonstration_on_this_machine_by_default(unset):
    wish = Wish.read()
    assert (wish.listen, wish.port, wish.demo, wish.on_loopback) == ("127.0.0.1", 8000, True, True)
    variables = made(wish)
    assert variables["PUBLIC_URL"] == "http://127.0.0.1:8000"
    assert (variables["DEMO"], variables["TZ_CLOCK"]) == ("1", "db")
    assert "ALLOWED_HOSTS" not in variables
    assert variables["TEXT_GATEWAY_URL"] == variables["VOICE_GATEWAY_URL"] == "http://127.0.0.1:6/"


def test_a_database_of_ones_own_starts_empty(unset):
    unset.setenv("DATABASE_URL", "postgresql://mine")
    wish = Wish.read()
    assert not wish.demo
    assert made(wish)["TZ_CLOCK"] == "real"
    assert "TEXT_GATEWAY_URL" not in made(wish)  # nobody's real messages go to the simulated company
    unset.setenv("DEMO", "1")
    assert Wish.read().demo


def test_an_open_site_is_reached_by_its_address(unset):
    unset.setenv("LISTEN", "0.0.0.0")  # noqa: S104
    unset.setattr(environment, "_own_address", lambda: "10.1.2.3")
    wish = Wish.read()
    assert not wish.on_loopback
    assert made(wish)["PUBLIC_URL"] == "http://10.1.2.3:8000"
    assert made(wish)["ALLOWED_HOSTS"] == "127.0.0.1,localhost,10.1.2.3"


def test_what_is_set_wins(unset):
    unset.setenv("PUBLIC_URL", "https://im.example.gov.cn")
    unset.setenv("TZ_CLOCK", "real")
    variables = made(Wish.read())
    assert variables["PUBLIC_URL"] == "https://im.example.gov.cn"
    assert variables["TZ_CLOCK"] == "real"


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "0"), ("PORT", "70000"), ("PORT", "http"), ("DEMO", "yes")]
)
def test_values_that_cannot_be_meant(unset, name, value):
    unset.setenv(name, value)
    with pytest.raises(StartError, match=f"{name}={value}"):
        Wish.read()


def test_variables_survive_the_file(tmp_path):
    awkward = {
        "DATABASE_URL": "postgresql://u:p'a\"s $s@h/d",
        "REDIS_URL": "redis://:x@h/0",
        "TZ_CLOCK": "db",
    }
    save(tmp_path / "embedded.env", awkward)
    assert (tmp_path / "embedded.env").stat().st_mode & 0o777 == 0o600
    found: dict[str, str] = {"TZ_CLOCK": "real"}
    adopt(found, tmp_path)
    assert found == awkward | {"TZ_CLOCK": "real"}


def test_the_file_is_not_read_where_a_database_is_named(tmp_path):
    save(tmp_path / "embedded.env", {"DATABASE_URL": "embedded", "REDIS_URL": "embedded"})
    found = {"DATABASE_URL": "mine"}
    adopt(found, tmp_path)
    assert found == {"DATABASE_URL": "mine"}


def test_without_a_file_nothing_is_set(tmp_path):
    found: dict[str, str] = {}
    adopt(found, tmp_path)
    assert found == {}

"""The files that operators install, read by the programs that they are written for."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from deploy.embedded.places import CHECKOUT
from tests.support.programs import need

DEPLOY = CHECKOUT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("tongzhou*"))

# What we use of the Compose specification, with nothing else allowed: a misspelt key is an error.
TEXTS = {"type": "array", "items": {"type": "string"}}
SERVICE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["image"],
    "properties": {
        "image": {"type": "string", "pattern": "^[a-z]+(:[0-9.]+)?$"},
        "build": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"context": {"type": "string"}, "dockerfile": {"type": "string"}},
        },
        "command": TEXTS,
        "env_file": {"type": "string"},
        "environment": {"type": "object", "additionalProperties": {"type": "string"}},
        "volumes": {"type": "array", "items": {"type": "string", "pattern": "^[^:]+:/[^:]+(:ro)?$"}},
        "ports": {"type": "array", "items": {"type": "string", "pattern": "^[0-9]+:[0-9]+$"}},
        "profiles": TEXTS,
        "secrets": TEXTS,
        "tmpfs": TEXTS,
        "security_opt": TEXTS,
        "cap_drop": TEXTS,
        "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
        "init": {"type": "boolean"},
        "read_only": {"type": "boolean"},
        "depends_on": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["condition"],
                "properties": {
                    "condition": {
                        "enum": ["service_started", "service_healthy", "service_completed_successfully"]
                    }
                },
            },
        },
        "healthcheck": {
            "type": "object",
            "additionalProperties": False,
            "required": ["test"],
            "properties": {
                "test": TEXTS,
                "interval": {"type": "string", "pattern": "^[0-9]+s$"},
                "timeout": {"type": "string", "pattern": "^[0-9]+s$"},
                "retries": {"type": "integer"},
            },
        },
    },
}
COMPOSE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["services"],
    "patternProperties": {"^x-": {}},
    "properties": {
        "name": {"type": "string"},
        "services": {"type": "object", "additionalProperties": SERVICE},
        "volumes": {"type": "object"},
        "secrets": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"file": {"type": "string"}},
            },
        },
    },
}


@pytest.fixture
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text())
    return loaded


def verify_units(folder: Path) -> str:
    analyze = need("systemd-analyze", package="systemd")
    units = [path for path in folder.iterdir() if "@." not in path.name]
    done = subprocess.run(
        [analyze, "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    return done.stderr + ("" if done.returncode == 0 else f"exit code {done.returncode}")


@pytest.fixture
def installed_units(tmp_path: Path) -> Path:
    """The units as they lie on a server, with this checkout for /opt/tongzhou."""
    for unit in UNITS:
        text = unit.read_text().replace("/opt/tongzhou", str(CHECKOUT))
        (tmp_path / unit.name.replace("@.", "@8000.")).write_text(text)
    return tmp_path


def test_units_verify(installed_units):
    assert verify_units(installed_units) == ""


def test_the_verifier_finds_mistakes(installed_units):
    worker = installed_units / "tongzhou-worker.service"
    worker.write_text(worker.read_text().replace("Restart=always", "Restert=always"))
    assert "Restert" in verify_units(installed_units)


def test_units_are_alike_in_what_confines_them():
    """A hardening that one of the processes lacks was forgotten there."""
    confining = [
        {
            line
            for line in unit.read_text().splitlines()
            if re.match(r"(No|Protect|Private|Restrict|Cap|User|UMask)", line)
        }
        for unit in UNITS
        if unit.suffix == ".service"
    ]
    assert len(confining) == 4
    assert all(one == confining[0] for one in confining)
    assert "NoNewPrivileges=yes" in confining[0]


def nginx_site(name: str, folder: Path) -> Path:
    """A whole nginx configuration around our site, with every path inside `folder`."""
    site = (
        (DEPLOY / name)
        .read_text()
        .replace("/var/log/nginx", str(folder))
        .replace("app:8000", "127.0.0.1:8000")
    )
    main = folder / "nginx.conf"
    main.write_text(f"pid {folder}/pid;\nevents {{}}\nhttp {{\n{site}\n}}\n")
    return main


@pytest.mark.parametrize("name", ["nginx/tongzhou.conf", "compose/nginx.conf"])
def test_nginx_accepts_the_site(tmp_path, name):
    nginx = need("nginx", package="nginx-light")
    done = subprocess.run(
        [nginx, "-t", "-p", tmp_path, "-c", nginx_site(name, tmp_path), "-e", tmp_path / "error"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


def test_both_nginx_sites_are_alike():
    own, composed = (
        (DEPLOY / name).read_text().splitlines()[1:] for name in ("nginx/tongzhou.conf", "compose/nginx.conf")
    )
    assert [line.replace("app:8000", "127.0.0.1:8000") for line in composed] == own


def test_compose_has_only_known_keys(compose):
    jsonschema.validate(compose, COMPOSE)


def test_compose_names_what_it_refers_to(compose):
    services, volumes = compose["services"], set(compose["volumes"])
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services), name
        named = {volume.split(":")[0] for volume in service.get("volumes", []) if not volume.startswith(".")}
        assert named <= volumes, name
        assert set(service.get("secrets", [])) <= set(compose["secrets"]), name
    used = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    assert volumes <= used


def test_compose_and_units_run_the_same_processes(compose):
    """The commands differ in nothing but the address that app listens on."""
    units = " ".join(unit.read_text() for unit in UNITS)
    for name in ("worker", "gateway", "bots"):
        assert " ".join(compose["services"][name]["command"][1:]) in units
    dockerfile = (DEPLOY / "compose" / "Dockerfile").read_text()
    command = re.search(r"^CMD (\[.*\])$", dockerfile, re.MULTILINE)
    assert command
    in_image = " ".join(yaml.safe_load(command[1])[1:])
    assert in_image.replace("port=8000:interface=0.0.0.0", "port=%i:interface=127.0.0.1") in units


def test_example_environment_names_real_settings():
    known = set(re.findall(r"ENV\.\w+\(\s*\"([A-Z_]+)\"", (CHECKOUT / "config" / "settings.py").read_text()))
    example = (DEPLOY / "compose" / "tongzhou.env.example").read_text()
    assert set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE)) <= known


def test_every_setting_is_described():
    """docs/settings.md has a row for each variable that the settings read."""
    page = (CHECKOUT / "docs" / "settings.md").read_text()
    known = set(re.findall(r"ENV\.\w+\(\s*\"([A-Z_]+)\"", (CHECKOUT / "config" / "settings.py").read_text()))
    assert len(known) > 20
    assert {name for name in known if f"| `{name}` |" not in page} == set()


def test_every_dependency_is_described():
    """docs/dependencies.md has a line for each direct dependency, Python's and npm's."""
    import json
    import tomllib

    page = (CHECKOUT / "docs" / "dependencies.md").read_text()
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[\[<>=~! ]", line)[0] for line in wanted}
    web = json.loads((CHECKOUT / "web" / "package.json").read_text())
    names |= set(web["dependencies"]) | set(web["devDependencies"])
    assert {name for name in names if f"`{name}`" not in page} == set()


def test_nothing_committed_names_a_registry():
    """Locks and scripts work with whatever index the machine is set up for."""
    git = shutil.which("git")
    assert git
    hosts = "pypi" + r"\.org|pythonhosted\.org|registry\.npm" + r"js\.org|registry\.yarn" + r"pkg\.com"
    done = subprocess.run(
        [git, "grep", "-lE", hosts, "--", ".", ":!docs"],
        cwd=CHECKOUT, capture_output=True, text=True, check=False, env=os.environ,
    )  # fmt: skip
    assert done.stdout == ""

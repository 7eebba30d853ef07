"""The embedded servers, for the supervisor and for tests."""

from deploy.embedded.places import (
    Account,
    Secrets,
    account_for,
    any_free_port,
    data_root,
    stable_port,
    try_lock,
)
from deploy.embedded.postgres import ADMIN, DATABASE, ROLE, start_postgres
from deploy.embedded.processes import Server
from deploy.embedded.programs import find_postgres, find_valkey
from deploy.embedded.valkey import start_valkey, valkey_command

__all__ = [
    "ADMIN",
    "DATABASE",
    "ROLE",
    "Account",
    "Secrets",
    "Server",
    "account_for",
    "any_free_port",
    "data_root",
    "find_postgres",
    "find_valkey",
    "stable_port",
    "start_postgres",
    "start_valkey",
    "try_lock",
    "valkey_command",
]

"""An embedded Redis-compatible server; it keeps nothing on disk, PostgreSQL is the truth."""

import signal
import socket
import time
from pathlib import Path
from urllib.parse import quote

from deploy.embedded.errors import StartError, explain_output
from deploy.embedded.places import Account, account_for
from deploy.embedded.processes import Server, spawn, tail
from deploy.embedded.programs import find_valkey, reachable


def start_valkey(
    data: Path,
    port: int,
    *,
    password: str,
    log: Path,
    account: Account | None = None,
    program: Path | None = None,
) -> Server:
    """Start a Redis-compatible server on 127.0.0.1:`port`; nothing is kept on disk. Raises StartError."""
    account = account or account_for(data)
    program = reachable(program or find_valkey(), account, data.parent)
    account.make_folder(data)
    # By standard input: a password on the command line would be there for all to see.
    config = f'bind 127.0.0.1\nport {port}\nrequirepass "{password}"\ndir "{data}"\nsave ""\nappendonly no\n'
    process, mark = spawn([str(program), "-"], log, account, signal.SIGTERM, feed=config.encode())
    give_up = time.monotonic() + 20
    while not _valkey_answers(port, password):
        if process.poll() is not None or time.monotonic() > give_up:
            process.kill()
            process.wait()
            raise explain_output(tail(log, mark), data) or StartError(
                f"Valkey 未能启动，原因见 {log}。", f"Valkey did not start; {log} says why."
            )
        time.sleep(0.02)
    url = f"redis://:{quote(password)}@127.0.0.1:{port}/0"
    return Server("valkey", process, port, log, url, [(signal.SIGTERM, 10.0)])


def valkey_command(port: int, password: str, command: str) -> bytes:
    """The first bytes that the server answers to one inline command."""
    with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
        line.sendall(f"AUTH {password}\r\n{command}\r\n".encode())
        answer = b""
        while answer.count(b"\r\n") < 2:  # noqa: PLR2004 (one answer a command)
            more = line.recv(4096)
            if not more:
                break
            answer += more
    return answer


def _valkey_answers(port: int, password: str) -> bool:
    try:
        return b"+PONG" in valkey_command(port, password, "PING")
    except OSError:
        return False

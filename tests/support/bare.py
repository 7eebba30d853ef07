"""A bare Debian in a folder: git, make and Python with venv, and nothing else."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.places import CHECKOUT
from tests.support.programs import need

PACKAGES = "git,make,python3,python3-venv,ca-certificates"
# How this machine reaches its package indexes is its own affair; the bare one has to be told.
NETWORK_FILES = ("etc/resolv.conf", "etc/hosts", "etc/pip.conf", "etc/ssl/certs/ca-certificates.crt")
HOME_FILES = (".npmrc", ".config/pip/pip.conf", ".config/uv/uv.toml")
NETWORK_VARIABLES = re.compile(
    r"^(PIP_|UV_|NPM_CONFIG_|SSL_CERT|NODE_EXTRA_CA|REQUESTS_CA|https?_proxy|no_proxy)", re.IGNORECASE
)


@dataclass
class BareMachine:
    """Its root folder. Every program started in it ends with the command that started it (a PID namespace)."""

    root: Path

    @classmethod
    def install(cls, root: Path) -> "BareMachine":
        debootstrap = need("debootstrap", package="debootstrap")
        suite, mirror = _release()
        command = [debootstrap, "--variant=minbase", f"--include={PACKAGES}", suite, str(root), mirror]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:]
        made = cls(root)
        for name in NETWORK_FILES:
            if Path("/", name).is_file():
                shutil.copyfile(Path("/", name), root / name)
        made.run("useradd --create-home --shell /bin/sh city")
        for home in ("root", "home/city"):
            for name in HOME_FILES:
                if (source := Path.home() / name).is_file():
                    (root / home / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(source, root / home / name)
        made.run("chown -R city:city /home/city && chmod 700 /root")
        return made

    def clone(self, target: str) -> None:
        """What is committed, as anybody would get it."""
        git = need("git", package="git")
        subprocess.run([git, "clone", "-q", f"file://{CHECKOUT}", self.root / target.lstrip("/")], check=True)

    def command(self, script: str, *, user: str = "root") -> list[str]:
        """The command that runs `script` in there as `user`, in name spaces of its own."""
        into = (
            f'cd "{self.root}" && mount --bind /dev dev && mount -t proc proc proc && '
            f'mount -t tmpfs -o mode=1777 tmpfs dev/shm && exec chroot --userspec={user} . "$@"'
        )
        return [
            "unshare", "--mount", "--pid", "--fork", "--kill-child",
            "sh", "-c", into, "sh", "/usr/bin/env", "-i", *self._environment(user), "sh", "-c", script,
        ]  # fmt: skip

    def run(self, script: str, *, user: str = "root") -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(script, user=user), capture_output=True, text=True, check=False)

    @staticmethod
    def _environment(user: str) -> list[str]:
        home = "/root" if user == "root" else f"/home/{user}"
        network = [f"{name}={value}" for name, value in os.environ.items() if NETWORK_VARIABLES.match(name)]
        return [f"HOME={home}", "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG=C.UTF-8", *network]


def _release() -> tuple[str, str]:
    """This machine's Debian release and its mirror, from apt's own lists."""
    suite = re.search(r"^VERSION_CODENAME=(\w+)$", Path("/etc/os-release").read_text(), re.MULTILINE)
    assert suite
    for path in [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]:
        if not path.is_file():
            continue
        found = re.search(r"^URIs: (\S+)", path.read_text(), re.MULTILINE) or re.search(
            r"^deb (?:\[[^]]*\] )?(\S+)", path.read_text(), re.MULTILINE
        )
        if found:
            return suite[1], found[1]
    raise AssertionError("apt has no source that debootstrap could use")

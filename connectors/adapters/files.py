"""Files that a source drops into a folder of ours or on its SFTP server: .csv and .xlsx, each read once.

A file is known by name, size and time of change; one that is still being written (younger than `settle_s`) waits.
"""

import asyncio
import fnmatch
import os
import stat as modes
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import asyncssh
from django.conf import settings
from django.utils.translation import gettext as _
from pydantic import Field

from connectors import mapping, net
from connectors.asking import Ask, Gathered, Pulled
from connectors.config import RowMapping, SecretName, Strict, read_config
from connectors.errors import SourceError
from connectors.items import Parsed
from connectors.protocols import tables
from connectors.secretbox import find_secret

MOST_KNOWN = 2000
MOST_LISTED = 10_000


class FileConfig(Strict):
    """Where the files are. In a row, a column is a field by the name in the first line.

    Attributes:
        folder: below CONNECTOR_FILES of this site for `folder`; a path of the server for `sftp`.
        host_key: the server's public key as in known_hosts (`ssh-ed25519 AAAA…`); without it nothing is fetched.
        secret: password, or a private key in PEM, of `user`.
    """

    place: Literal["folder", "sftp"] = "folder"
    folder: str = Field("", max_length=400)
    pattern: str = Field("*.csv", min_length=1, max_length=100, pattern=r"^[^/\\]+$")
    sheet: str = Field("", max_length=60)
    encoding: Literal["", "utf-8", "gb18030"] = ""
    host: str = Field("", max_length=200)
    port: int = Field(22, ge=1, le=65_535)
    user: str = Field("", max_length=120)
    secret: SecretName = ""
    host_key: str = Field("", max_length=2000)
    timeout_s: float = Field(20.0, gt=0, le=120)
    settle_s: float = Field(5.0, ge=0, le=3600)
    max_bytes: int = Field(20_000_000, ge=1, le=50_000_000)
    max_files: int = Field(20, ge=1, le=200)
    allow_private: bool = False
    mapping: RowMapping


@dataclass(frozen=True)
class _File:
    name: str
    size: int
    changed: int

    @property
    def mark(self) -> str:
        return f"{self.name}|{self.size}|{self.changed}"


def pull(ask: Ask) -> Pulled:
    """The files that are new or changed, oldest first. Raises SourceError."""
    config = read_config(FileConfig, ask.config)
    known = list(ask.cursor.get("known", []))
    if config.place == "folder":
        found = _from_folder(config, known, ask.now)
    else:
        found = asyncio.run(_from_sftp(config, known, ask))
    total = Gathered()
    for file, raw in found:
        total.add(_read_or_reject(file.name, raw, ask), raw)
        known.append(file.mark)
    cursor = {"known": known[-MOST_KNOWN:]}
    return Pulled(total.parsed(), unchanged=not found, cursor=cursor, raw=tuple(total.raw))


def read(raw: bytes, ask: Ask) -> Parsed:
    """One file. Raises SourceError."""
    config = read_config(FileConfig, ask.config)
    try:
        rows = tables.read_rows(raw, sheet=config.sheet, encoding=config.encoding)
    except tables.TableError as err:
        words = {
            "encoding": _("文件的文字编码不是 UTF-8 或 GB18030。"),
            "not_table": _("文件不是 CSV 或 XLSX 表格。"),
            "empty": _("文件中没有内容。"),
            "too_large": _("表格超过可取的行数或大小。"),
            "no_sheet": _("工作簿中没有这张工作表：{sheet}。").format(sheet=config.sheet),
        }
        text = words[err.reason] + _("请核对文件后重新投放。")
        raise SourceError("wrong_shape", text, sample=mapping.sample_of(raw)) from err
    return mapping.parse({"rows": rows}, config.mapping, now=ask.now)


def _read_or_reject(name: str, raw: bytes, ask: Ask) -> Parsed:
    try:
        return read(raw, ask)
    except SourceError as err:
        return Parsed(1, (), (mapping.rejection(name[:60], err.user_message()),))


def _wanted(files: list[_File], config: FileConfig, known: list[str], now: datetime) -> list[_File]:
    settled = now.timestamp() - config.settle_s
    seen = set(known)
    fresh = [
        one
        for one in files
        if one.mark not in seen and one.changed <= settled and not one.name.startswith(".")
    ]
    matching = [one for one in fresh if fnmatch.fnmatch(one.name, config.pattern)]
    for one in matching:
        if one.size > config.max_bytes:
            text = _("文件 {name} 超过 {most} 字节，未取用。请拆分后重新投放。")
            raise SourceError("too_large", text.format(name=one.name[:60], most=config.max_bytes))
    return sorted(matching, key=lambda one: (one.changed, one.name))[: config.max_files]


def _from_folder(config: FileConfig, known: list[str], now: datetime) -> list[tuple[_File, bytes]]:
    """Files of the folder itself, regular ones only: a link could lead anywhere."""
    root = Path(settings.CONNECTOR_FILES).resolve()
    folder = (root / config.folder).resolve()
    if folder != root and root not in folder.parents:
        raise SourceError("private_target", _("文件夹必须在本站的投放目录之内。请改写路径。"))
    try:
        files: list[_File] = []
        with os.scandir(folder) as entries:
            for entry in entries:
                about = entry.stat(follow_symlinks=False)
                if modes.S_ISREG(about.st_mode) and len(files) < MOST_LISTED:
                    files.append(_File(entry.name, about.st_size, int(about.st_mtime)))
        return [(one, (folder / one.name).read_bytes()) for one in _wanted(files, config, known, now)]
    except OSError as err:
        text = _("无法读取投放目录 {folder}。请由管理员检查目录是否存在、是否可读。")
        raise SourceError("unreachable", text.format(folder=config.folder or "/")) from err


async def _from_sftp(config: FileConfig, known: list[str], ask: Ask) -> list[tuple[_File, bytes]]:
    if not (config.host and config.user and config.secret and config.host_key):
        text = _("数据源配置有误：SFTP 需要 host、user、secret 和 host_key。请由管理员补充。")
        raise SourceError("bad_config", text)
    secret = find_secret(config.secret, ask.secrets)
    address = net.checked_addresses(config.host, config.port, allow_private=config.allow_private)[0]
    try:
        async with asyncio.timeout(config.timeout_s):
            async with asyncssh.connect(
                address,
                config.port,
                username=config.user,
                config=None,
                agent_path=None,
                **_credentials(config, secret),
            ) as connection:
                return await _fetch(connection, config, known, ask.now)
    except TimeoutError as err:
        text = _("数据源在 {seconds:g} 秒内没有答复。系统会继续重试；长时间如此请联系对方系统的管理单位。")
        raise SourceError("timed_out", text.format(seconds=config.timeout_s)) from err
    except asyncssh.HostKeyNotVerifiable as err:
        text = _("SFTP 服务器的主机密钥与登记的不符，未取数。请与对方核实后由管理员更新。")
        raise SourceError("refused", text) from err
    except asyncssh.PermissionDenied as err:
        raise SourceError("refused", _("SFTP 服务器拒绝了账号。请核对账号和密钥。")) from err
    except (OSError, asyncssh.Error) as err:
        text = _("无法连接数据源。系统会继续重试；请检查对方地址和网络是否可用。")
        raise SourceError("unreachable", text) from err


def _credentials(config: FileConfig, secret: str) -> dict[str, Any]:
    try:
        host_key = asyncssh.import_public_key(config.host_key)
        keys = [asyncssh.import_private_key(secret)] if "PRIVATE KEY" in secret else []
    except (asyncssh.KeyImportError, ValueError) as err:
        raise SourceError("bad_config", _("主机密钥或私钥的格式无法识别。请由管理员重新填写。")) from err
    login: dict[str, Any] = {"client_keys": keys} if keys else {"password": secret, "client_keys": None}
    return {"known_hosts": ([host_key], [], []), **login}


async def _fetch(
    connection: asyncssh.SSHClientConnection, config: FileConfig, known: list[str], now: datetime
) -> list[tuple[_File, bytes]]:
    async with connection.start_sftp_client() as sftp:
        files: list[_File] = []
        async for entry in sftp.scandir(config.folder or "."):
            about, name = entry.attrs, str(entry.filename)
            if modes.S_ISREG(about.permissions or 0) and "/" not in name and len(files) < MOST_LISTED:
                files.append(_File(name, int(about.size or 0), int(about.mtime or 0)))
        found = []
        for one in _wanted(files, config, known, now):
            async with sftp.open(f"{config.folder or '.'}/{one.name}", "rb") as file:
                raw: Any = await file.read(config.max_bytes + 1)
            found.append((one, raw))
        return found

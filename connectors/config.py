"""The settings of a connector, checked when it is saved and again when it is used."""

from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import jmespath
from django.utils.translation import gettext as _
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from connectors.errors import SourceError


def _compiles(expression: str) -> str:
    try:
        jmespath.compile(expression)
    except JMESPathError as err:
        raise ValueError(_("不是 JMESPath 表达式：{text}").format(text=expression)) from err
    return expression


def _is_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as err:
        raise ValueError(_("没有这个时区：{text}").format(text=name)) from err
    return name


def _plain_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        has_login = bool(parts.username or parts.password)
        _port = parts.port
    except ValueError as err:
        raise ValueError(_("地址无法识别")) from err
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(_("地址应以 http:// 或 https:// 开头并写明主机"))
    if has_login:
        raise ValueError(_("地址中不得带用户名或口令，请改用 auth"))
    return url


Path = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_compiles)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Auth(Strict):
    """`secret` names the environment variable CONNECTOR_SECRET_<secret> (or …_FILE); it is never stored."""

    kind: Literal["none", "bearer", "header"] = "none"
    header: str = Field("", pattern=r"^[A-Za-z0-9-]*$", max_length=60)
    secret: str = Field("", pattern=r"^[A-Z0-9_]*$", max_length=60)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind != "none" and not self.secret:
            raise ValueError(_("缺少密钥的名称 secret"))
        if self.kind == "header" and not self.header:
            raise ValueError(_("缺少请求头的名称 header"))
        return self


class Paging(Strict):
    """Pages are asked for from 1 until one comes short of `size`, at most `max_pages`."""

    page_param: str = "page"
    size_param: str = "size"
    size: int = Field(100, ge=1, le=1000)
    max_pages: int = Field(20, ge=1, le=200)


class SubjectPaths(Strict):
    """Where the subject's code, name and place stand in a row."""

    code: Path
    name: Path
    place: Path | None = None


class TimePath(Strict):
    """`format` is for strptime; without one the time is ISO 8601. `zone`: where the source names none."""

    path: Path
    format: str | None = None
    zone: Annotated[str, AfterValidator(_is_zone)] = "Asia/Shanghai"


class MetricPaths(Strict):
    """One quantity of a row. `near_margin`: how far below the warning limit the state is 接近警戒."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    name: str = Field(min_length=1, max_length=60)
    unit: str = Field(max_length=30)
    decimals: int = Field(2, ge=0, le=6)
    value: Path
    warning: Path | None = None
    guarantee: Path | None = None
    near_margin: Decimal = Field(Decimal(0), ge=0, max_digits=18, decimal_places=6)


class RowMapping(Strict):
    """From a source's document to readings. `ok` must be true of the document where it is given."""

    rows: Path
    ok: Path | None = None
    subject: SubjectPaths
    observed_at: TimePath
    metrics: list[MetricPaths] = Field(min_length=1, max_length=30)
    source_ref: Path | None = None

    @model_validator(mode="after")
    def _keys_once(self) -> Self:
        keys = [metric.key for metric in self.metrics]
        if len(keys) != len(set(keys)):
            raise ValueError(_("两个指标的 key 相同"))
        return self


class RestConfig(Strict):
    """A REST source that answers JSON. Limits: `timeout_s` for each page, `max_bytes` for its body.

    `allow_private` admits addresses inside the house; an administrator sets it.
    """

    url: Annotated[str, Field(max_length=500), AfterValidator(_plain_url)]
    auth: Auth = Auth()
    paging: Paging | None = None
    timeout_s: float = Field(10.0, gt=0, le=60)
    max_bytes: int = Field(2_000_000, ge=1, le=50_000_000)
    allow_private: bool = False
    mapping: RowMapping


def read_rest_config(raw: dict[str, Any]) -> RestConfig:
    """Raises SourceError(bad_config) with the first field at fault."""
    try:
        return RestConfig.model_validate(raw)
    except ValidationError as err:
        first = err.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "config"
        text = _("数据源配置有误：{where}，{problem}。请由管理员修改配置后重试。")
        raise SourceError("bad_config", text.format(where=where, problem=_problem(first))) from err


def _problem(error: ErrorDetails) -> str:
    """What is wrong, in words; pydantic's own English only where we have none."""
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    words = {"missing": _("缺少此项"), "extra_forbidden": _("没有这个配置项")}
    return words.get(error["type"]) or _("取值不合要求（{msg}）").format(msg=error["msg"])

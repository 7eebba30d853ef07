"""The settings of a connector, checked when it is saved and again when it is used."""

from decimal import Decimal
from typing import Annotated, Any, Literal, Self, TypeVar
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


def web_address(url: str) -> str:
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


SecretName = Annotated[str, Field(pattern=r"^[A-Z0-9_]*$", max_length=60)]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]*$", max_length=60)]


class Auth(Strict):
    """How a REST source knows us. `secret` names a secret of the connector, else CONNECTOR_SECRET_<secret> (or …_FILE).

    Attributes:
        header: of `header`. user: of `basic`; the client of `oauth2`. param: of `query`.
        app_key, signed, separator, digest, encoding, headers: of `hmac`, see connectors/signing.py.
        token_url, scope: of `oauth2` (client credentials).
    """

    kind: Literal["none", "bearer", "header", "basic", "query", "hmac", "oauth2"] = "none"
    header: HeaderName = ""
    secret: SecretName = ""
    user: str = Field("", max_length=120)
    param: str = Field("", pattern=r"^[A-Za-z0-9_.-]*$", max_length=60)
    app_key: str = Field("", max_length=120)
    signed: list[Literal["method", "path", "query", "app_key", "timestamp", "nonce", "body"]] = [
        "method", "path", "query", "app_key", "timestamp", "nonce", "body",
    ]  # fmt: skip
    separator: str = Field("\n", max_length=4)
    digest: Literal["sha256", "sha512", "sm3"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    headers: dict[Literal["app_key", "timestamp", "nonce", "signature"], HeaderName] = {
        "app_key": "X-App-Key",
        "timestamp": "X-Timestamp",
        "nonce": "X-Nonce",
        "signature": "X-Signature",
    }
    token_url: Annotated[str, Field(max_length=500)] = ""
    scope: str = Field("", max_length=200)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind != "none" and not self.secret:
            raise ValueError(_("缺少密钥的名称 secret"))
        needed = {
            "header": "header", "basic": "user", "query": "param", "hmac": "app_key", "oauth2": "token_url",
        }  # fmt: skip
        name = needed.get(self.kind)
        if name == "header" and not self.header:
            raise ValueError(_("缺少请求头的名称 header"))
        if name and not getattr(self, name):
            raise ValueError(_("缺少 {name}").format(name=name))
        if self.token_url:
            web_address(self.token_url)
        return self


class Paging(Strict):
    """How pages follow each other, at most `max_pages`.

    Attributes:
        kind: `page` counts from `first`, `offset` counts rows, both until a page comes short of `size`; `cursor`
            gives back what stands at `next` until nothing does; `link` follows the address at `next`, or the Link
            header's rel="next", on the same host.
    """

    kind: Literal["page", "offset", "cursor", "link"] = "page"
    page_param: str = "page"
    size_param: str = "size"
    size: int = Field(100, ge=1, le=1000)
    max_pages: int = Field(20, ge=1, le=200)
    first: int = Field(1, ge=0, le=1)
    next: Path | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind == "cursor" and self.next is None:
            raise ValueError(_("缺少 {name}").format(name="next"))
        return self


class SubjectPaths(Strict):
    """Where the subject's code, name and place stand in a row."""

    code: Path
    name: Path
    place: Path | None = None


# Seconds and milliseconds since 1970, as divisors.
EPOCHS = {"epoch_s": 1, "epoch_ms": 1000}


class TimePath(Strict):
    """`format` is for strptime, or epoch_s, epoch_ms; without one the time is ISO 8601.

    `zone`: where the source names none.
    """

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


class RecordPaths(Strict):
    """A matter with stages in a row. `code` is the source's code of the stage, which the connector's table maps.

    Attributes:
        fields: our label → where its text stands.
    """

    kind: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    id: Path
    title: Path
    code: Path
    stage_name: Path | None = None
    stage_at: TimePath
    owner_unit: Path | None = None
    place: Path | None = None
    limit_days: Path | None = None
    level: Path | None = None
    link: Path | None = None
    note: Path | None = None
    fields: dict[Annotated[str, Field(max_length=30)], Path] = Field({}, max_length=20)


class QualityPath(Strict):
    """Where a row says how good its values are; a code that is not in `words` counts as faulty."""

    path: Path
    words: dict[str, str]


class RowMapping(Strict):
    """From a source's document to readings, or to records. `ok` must be true of the document where it is given."""

    rows: Path
    ok: Path | None = None
    subject: SubjectPaths | None = None
    observed_at: TimePath | None = None
    metrics: list[MetricPaths] = Field([], max_length=30)
    quality: QualityPath | None = None
    source_ref: Path | None = None
    record: RecordPaths | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        keys = [metric.key for metric in self.metrics]
        if len(keys) != len(set(keys)):
            raise ValueError(_("两个指标的 key 相同"))
        if not self.metrics and self.record is None:
            raise ValueError(_("至少要有一个指标（metrics），或事项（record）"))
        if self.metrics and (self.subject is None or self.observed_at is None):
            raise ValueError(_("有指标时，对象（subject）和观测时间（observed_at）不能少"))
        return self


Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Day = Annotated[int, Field(ge=1, le=7)]


class SubscriptionFilter(Strict):
    """What a room lets through; an empty list lets everything."""

    metrics: list[str] = Field([], max_length=50)
    least: Literal["", "blue", "yellow", "orange", "red"] = ""
    places: list[str] = Field([], max_length=50)
    kinds: list[str] = Field([], max_length=50)


class SubscriptionTimes(Strict):
    """Hours and days (1 is Monday) of status cards, and those of the brief."""

    from_: Clock = Field("00:00", alias="from")
    to: Clock = "23:59"
    days: list[Day] = Field(list(range(1, 8)), min_length=1)
    brief_days: list[Day] = Field(list(range(1, 8)), min_length=1)
    brief_at: Clock = "08:00"


class RestConfig(Strict):
    """A REST source that answers JSON. Limits: `timeout_s` for each page, `max_bytes` for its body.

    `allow_private` admits addresses inside the house; an administrator sets it.
    """

    url: Annotated[str, Field(max_length=500), AfterValidator(web_address)]
    auth: Auth = Auth()
    paging: Paging | None = None
    timeout_s: float = Field(10.0, gt=0, le=60)
    max_bytes: int = Field(2_000_000, ge=1, le=50_000_000)
    allow_private: bool = False
    mapping: RowMapping


Config = TypeVar("Config", bound=Strict)


def read_config(model: type[Config], raw: dict[str, Any]) -> Config:
    """Raises SourceError(bad_config) with the first field at fault."""
    try:
        return model.model_validate(raw)
    except ValidationError as err:
        first = err.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "config"
        text = _("数据源配置有误：{where}，{problem}。请由管理员修改配置后重试。")
        raise SourceError("bad_config", text.format(where=where, problem=_problem(first))) from err


def read_rest_config(raw: dict[str, Any]) -> RestConfig:
    """Raises SourceError(bad_config) with the first field at fault."""
    return read_config(RestConfig, raw)


def _problem(error: ErrorDetails) -> str:
    """What is wrong, in words; pydantic's own English only where we have none."""
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    words = {
        "missing": _("缺少此项"),
        "extra_forbidden": _("没有这个配置项"),
        "string_pattern_mismatch": _("含有不允许的字符"),
        "string_too_short": _("不能为空"),
        "string_too_long": _("超过 {max_length} 个字符"),
        "string_type": _("应为文字"),
        "too_short": _("不能为空"),
        "int_type": _("应为整数"),
        "int_parsing": _("应为整数"),
        "int_from_float": _("应为整数"),
        "float_parsing": _("应为数值"),
        "float_type": _("应为数值"),
        "decimal_parsing": _("应为数值"),
        "literal_error": _("只能是 {expected}"),
        "greater_than": _("应大于 {gt}"),
        "greater_than_equal": _("不能小于 {ge}"),
        "less_than_equal": _("不能大于 {le}"),
    }
    said = words.get(error["type"])
    return (
        said.format(**error.get("ctx", {})) if said else _("取值不合要求（{msg}）").format(msg=error["msg"])
    )

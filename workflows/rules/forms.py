"""Forms of approvals: JSON Schema 2020-12, rights of fields per node, calculated fields, titles."""

import functools
import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError, ValidationError

from workflows.rules import expressions

Right = Literal["write", "read", "hidden"]
START = "start"
MAX_BYTES = 200_000
_SLOT = re.compile(r"\{([^{}]{1,60})\}")


class FormRefused(ValueError):  # noqa: N818 - it says what is so
    """What was filled in cannot be taken; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        self.field, self.message = field, message
        super().__init__(message)


def fields_of(form: Mapping[str, Any]) -> dict[str, Any]:
    found = form.get("schema", {}).get("properties", {})
    return found if isinstance(found, dict) else {}


def title_of_field(form: Mapping[str, Any], name: str) -> str:
    return str(fields_of(form).get(name, {}).get("title") or name)


def right_of(form: Mapping[str, Any], node: str, name: str) -> Right:
    """At the start all may be written unless said otherwise; later all may be read."""
    said = form.get("rights", {}).get(node, {})
    return said.get(name) or said.get("*") or ("write" if node == START else "read")


def rights_of(form: Mapping[str, Any], node: str) -> dict[str, Right]:
    calculated = form.get("calculated", {})
    return {
        name: "read"
        if name in calculated and right_of(form, node, name) == "write"
        else right_of(form, node, name)
        for name in fields_of(form)
    }


def visible(form: Mapping[str, Any], node: str, data: Mapping[str, Any]) -> dict[str, Any]:
    rights = rights_of(form, node)
    return {name: value for name, value in data.items() if rights.get(name) != "hidden"}


def merged(
    form: Mapping[str, Any], node: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> dict[str, Any]:
    """What stands after somebody at this node has filled in. Raises FormRefused: a field that is not theirs."""
    if len(json.dumps(new, ensure_ascii=False)) > MAX_BYTES:
        raise FormRefused("data", "表单内容过大，请精简或改用附件")
    rights, calculated = rights_of(form, node), form.get("calculated", {})
    result = dict(old)
    for name, value in new.items():
        if name not in rights:
            raise FormRefused(name, f"表单中没有“{name}”这一项，请刷新页面后重新填写")
        if name in calculated or old.get(name) == value:
            continue
        if rights[name] != "write":
            raise FormRefused(name, f"本环节不能修改“{title_of_field(form, name)}”")
        result[name] = value
    return with_calculated(form, result)


def with_calculated(form: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Raises FormRefused: a formula cannot be worked out."""
    result = dict(data)
    for name, text in form.get("calculated", {}).items():
        try:
            value = expressions.evaluate(text, result)
        except expressions.ExpressionError as error:
            raise FormRefused(name, f"“{title_of_field(form, name)}”{error}") from error
        if value is None:
            result.pop(name, None)
        else:
            result[name] = value
    return result


@functools.lru_cache(maxsize=256)
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema), format_checker=FormatChecker())


def check_schema(schema: Mapping[str, Any]) -> None:
    """Raises FormRefused: not a schema, or one that reads from elsewhere."""
    try:
        Draft202012Validator.check_schema(dict(schema))
    except SchemaError as error:
        where = ".".join(str(part) for part in error.absolute_path)
        raise FormRefused(
            where or "schema", f"表单定义有误（{where or '最外层'}）：{error.message[:120]}"
        ) from error
    if schema.get("type") != "object" or not isinstance(schema.get("properties"), dict):
        raise FormRefused("schema", "表单定义的最外层须为object，并列出properties")
    if '"$ref": "http' in json.dumps(schema):
        raise FormRefused("schema", "表单定义不能引用外部地址")


def check(form: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    """Raises FormRefused: the first thing that is missing or wrong, by the order of the form."""
    validator = _validator(json.dumps(form.get("schema", {}), sort_keys=True))
    errors = list(validator.iter_errors(dict(data)))
    if not errors:
        return
    order = {name: place for place, name in enumerate(fields_of(form))}
    found = min(errors, key=lambda error: order.get(_field(error), len(order)))
    field = _field(found)
    raise FormRefused(_path(found), _sentence(found, title_of_field(form, field.partition(".")[0])))


def _field(error: ValidationError) -> str:
    if error.absolute_path:
        return str(error.absolute_path[0])
    return _missing(error) if error.validator == "required" else ""


def _missing(error: ValidationError) -> str:
    return next((str(name) for name in error.validator_value if name not in error.instance), "")


def _path(error: ValidationError) -> str:
    parts = [str(part) for part in error.absolute_path]
    if error.validator == "required":
        parts.append(_missing(error))
    return ".".join(parts) or "data"


_FORMATS = {"date": "日期（如2026-07-01）", "date-time": "时间", "email": "邮箱地址", "uri": "网址"}
_TYPES = {"number": "数字", "integer": "整数", "string": "文字", "boolean": "是或否", "array": "列表"}
_SENTENCES: Mapping[str, str] = {
    "minLength": "“{title}”至少{value}个字",
    "maxLength": "“{title}”不超过{value}个字，请压缩",
    "minimum": "“{title}”不能小于{value}",
    "exclusiveMinimum": "“{title}”须大于{value}",
    "maximum": "“{title}”不能大于{value}",
    "exclusiveMaximum": "“{title}”须小于{value}",
    "enum": "“{title}”不在可选范围内，请重新选择",
    "const": "“{title}”不在可选范围内，请重新选择",
    "oneOf": "“{title}”不在可选范围内，请重新选择",
    "anyOf": "“{title}”不在可选范围内，请重新选择",
    "format": "“{title}”须为{format}",
    "type": "“{title}”须为{type}",
    "pattern": "“{title}”格式不符，请核对",
    "minItems": "“{title}”至少{value}项",
    "maxItems": "“{title}”最多{value}项",
    "additionalProperties": "“{title}”中有表单没有的内容，请刷新页面后重新填写",
}


def _sentence(error: ValidationError, title: str) -> str:
    value = error.validator_value
    if error.validator == "required":
        inner = _missing(error) if error.absolute_path else ""
        return f"请填写“{title}{f'（{inner}）' if inner else ''}”"
    if error.validator == "minLength" and value == 1:
        return f"请填写“{title}”"
    words = _SENTENCES.get(str(error.validator), "“{title}”不符合要求，请核对")
    return words.format(
        title=title or "表单",
        value=value,
        format=_FORMATS.get(str(value), str(value)),
        type=_TYPES.get(str(value), str(value)),
    )


def title(form: Mapping[str, Any], data: Mapping[str, Any], *, name: str, starter: str) -> str:
    """The title by its template, such as {事由} or {starter}的{process}; unknown slots are left out."""
    template = str(form.get("title") or "{starter}的{process}")
    known = {**{key: value for key, value in data.items() if not isinstance(value, dict | list)}}
    known.update(starter=starter, process=name)
    made = _SLOT.sub(lambda slot: str(known.get(slot[1]) if known.get(slot[1]) is not None else ""), template)
    return " ".join(made.split())[:200] or name


def texts_in(value: object) -> list[str]:
    """Every text that was filled in, for the secrecy gate."""
    match value:
        case str():
            return [value]
        case dict():
            return [text for one in value.values() for text in texts_in(one)]
        case list():
            return [text for one in value for text in texts_in(one)]
        case _:
            return []

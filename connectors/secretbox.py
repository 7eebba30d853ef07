"""Finding a connector's secret: its own, else one that the operator put into the environment."""

import os
from collections.abc import Mapping
from pathlib import Path

from django.utils.translation import gettext as _

from connectors.errors import SourceError


def find_secret(name: str, own: Mapping[str, str]) -> str:
    """Raises SourceError(bad_config) when it is nowhere."""
    if value := own.get(name):
        return value
    variable = f"CONNECTOR_SECRET_{name}"
    if value := os.environ.get(variable):
        return value
    if file := os.environ.get(f"{variable}_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError:
            pass  # said below, without the path
    text = _("缺少数据源的密钥 {name}。请由管理员填写，或设置环境变量 {variable} 后重启服务。")
    raise SourceError("bad_config", text.format(name=name, variable=variable))

"""Hydrogen, a Matrix web client, built from its npm package into a folder and served at an address of its own."""

import functools
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.clients.environments import HERE, node_with_sdk

PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><title>Hydrogen</title>'
    '<link rel="stylesheet" href="hydrogen.css"></head><body class="hydrogen">'
    '<script type="module" src="hydrogen.js"></script></body></html>'
)
AS_THEY_ARE = {
    "sw.js": "hydrogen-view-sdk/lib-build/sw.js",
    "worker.js": "hydrogen-view-sdk/asset-build/assets/main.js",
    "download-sandbox.html": "hydrogen-view-sdk/asset-build/assets/download-sandbox.html",
    "olm.js": "@matrix-org/olm/olm.js",
    "olm_legacy.js": "@matrix-org/olm/olm_legacy.js",
    "olm.wasm": "@matrix-org/olm/olm.wasm",
}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


@contextmanager
def hydrogen(folder: Path) -> Iterator[str]:
    """The client's address, until the block ends."""
    build(folder)
    handler = functools.partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        serving.join(10)


def build(folder: Path) -> None:
    node, packages = node_with_sdk()
    for program in ("hydrogen.js", "build.mjs"):
        shutil.copy(HERE / "js" / program, packages)
    subprocess.run([str(node), "build.mjs", str(folder)], cwd=packages, check=True, timeout=60)
    for name, source in AS_THEY_ARE.items():
        shutil.copy(packages / "node_modules" / source, folder / name)
    (folder / "index.html").write_text(PAGE, encoding="utf-8")

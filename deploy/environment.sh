#!/bin/sh
# Completes this checkout's own environment: .venv from the hashed lock, catalogues, and the web client when asked.
# Usage: deploy/environment.sh run|dev [web]      A second call with nothing changed takes a fraction of a second.
set -eu
cd "$(dirname "$0")/.."
kind=${1:-run}

fail() {  # one sentence: Chinese, then English
    printf '%s / %s\n' "$1" "$2" >&2
    exit 1
}

command -v make >/dev/null 2>&1 ||
    fail "缺少 make：请运行 apt install make。" "make is missing: apt install make."

usable() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1
}

find_python() {
    for name in "${PYTHON:-python3}" python3.11 python3.12 python3.13; do
        if command -v "$name" >/dev/null 2>&1 && usable "$name"; then
            echo "$name"
            return
        fi
    done
}

digest() { cat "$@" | sha256sum | cut -d' ' -f1; }

make_venv() {
    python=$(find_python)
    [ -n "$python" ] || fail "需要 Python 3.11 至 3.13：请运行 apt install python3 python3-venv。" \
        "Python 3.11 to 3.13 is needed: apt install python3 python3-venv."
    "$python" -c 'import venv, ensurepip' >/dev/null 2>&1 ||
        fail "缺少 Python 的 venv：请运行 apt install python3-venv。" "Python's venv is missing: apt install python3-venv."
    rm -rf .venv
    "$python" -m venv .venv || fail "无法在 $(pwd) 建立 .venv：请检查磁盘空间与目录权限。" \
        ".venv cannot be made in $(pwd): check the disk's space and the folder's modes."
}

# The packages of Python and of the web client take about a gigabyte.
room() {
    free=$(df -Pk . | awk 'NR == 2 { print $4 }')
    [ "${free:-0}" -gt 1500000 ] ||
        fail "磁盘空间不足：安装依赖约需 1.5 GB，$(pwd) 所在磁盘只剩 $((${free:-0} / 1000)) MB。" \
            "Not enough room: the packages take about 1.5 GB, the disk of $(pwd) has $((${free:-0} / 1000)) MB left."
}

install() {  # uv where it works (much faster), else pip; both only take files whose hash is in the lock
    lock=$1
    room
    pip=".venv/bin/python -m pip --disable-pip-version-check"
    if $pip install -q --require-hashes -r deploy/installer.lock 2>/dev/null &&
        .venv/bin/uv pip sync -q --require-hashes --python .venv/bin/python "$lock" 2>.venv/uv.log; then
        return
    fi
    echo "uv 不可用，改用 pip，稍慢。 / uv could not be used, pip takes over, which is slower."
    $pip install -q --require-hashes -r "$lock" ||
        fail "依赖包未能全部安装：请检查网络与软件源后重试。" \
            "Not all packages could be installed: check the network and the package index, then try again."
}

[ -w . ] || fail "无法写入 $(pwd)：目录为只读或属于其他用户。" "$(pwd) cannot be written: read-only, or another user's."
usable .venv/bin/python || make_venv
run_digest=$(digest requirements.lock)
dev_digest=$(digest requirements.lock requirements-dev.lock)
stamp=$(cat .venv/.installed 2>/dev/null || true)
if [ "$kind" = dev ] && [ "$stamp" != "dev $run_digest $dev_digest" ]; then
    echo "正在安装开发与测试依赖。 / Installing what development and tests need."
    install requirements-dev.lock
    echo "dev $run_digest $dev_digest" >.venv/.installed
elif [ "$kind" = run ]; then
    case "$stamp" in
    *" $run_digest"*) ;;
    dev*)
        install requirements-dev.lock
        echo "dev $run_digest $dev_digest" >.venv/.installed
        ;;
    *)
        echo "正在安装运行依赖。 / Installing what a run needs."
        install requirements.lock
        echo "run $run_digest" >.venv/.installed
        ;;
    esac
fi

for po in $(find locale ./*/locale -name '*.po' 2>/dev/null); do
    mo="${po%.po}.mo"
    [ "$mo" -nt "$po" ] || .venv/bin/python -m babel.messages.frontend compile -i "$po" -o "$mo" >/dev/null 2>&1 ||
        fail "译文 $po 无法编译。" "The catalogue $po cannot be compiled."
done

if [ "${2:-}" = web ]; then
    exec deploy/web.sh build
fi

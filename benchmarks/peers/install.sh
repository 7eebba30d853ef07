#!/bin/sh
# Installs what `make bench-peers` wants: ejabberd from Debian without starting it, Synapse into the folder named.
set -eu
folder=$1
here=$(cd "$(dirname "$0")" && pwd)
missing=""
[ -e /usr/share/ejabberd/sql/pg.sql ] || missing="$missing ejabberd"
ls -d /usr/lib/erlang/lib/p1_pgsql-* >/dev/null 2>&1 || missing="$missing erlang-p1-pgsql"
if [ -n "$missing" ]; then
    [ "$(id -u)" = 0 ] || { echo "missing, and only root can install them: apt install$missing" >&2; exit 1; }
    # Debian starts a service that it installs unless this says no.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
        trap 'rm -f "$policy"' EXIT
    fi
    apt-get -q -o DPkg::Lock::Timeout=120 update
    # shellcheck disable=SC2086 # a list of names
    DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends $missing
fi
[ -x "$folder/bin/python" ] || .venv/bin/uv venv -q --python .venv/bin/python "$folder"
.venv/bin/uv pip sync -q --require-hashes --python "$folder/bin/python" "$here/requirements.lock"

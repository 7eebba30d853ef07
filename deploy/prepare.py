"""Between the servers and the processes: migrate, load the demo city once, see that it may be shown.

`python -m deploy.prepare [--open]`: `--open` says that others than this machine will reach the site. The last
line of output is JSON `{"accounts": [{staff_number, password, name, title}, …]}`, or, with exit code 3, the
sentence that says why the site must not start.
"""

import json
import os
import sys

REFUSED = 3


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        print(
            f"正在更新数据库结构（{len(plan)} 步） / Updating the structure ({len(plan)} steps)", flush=True
        )
        call_command("migrate", verbosity=0, interactive=False)
    call_command("publish_processes", verbosity=0)
    is_open = "--open" in sys.argv[1:]
    if not settings.DEMO and not is_open:
        print(json.dumps({"accounts": []}))
        return 0
    from directory.services import demo_accounts

    if settings.DEMO:
        call_command("load_demo")
    if is_open and demo_accounts.demo_passwords_in_use():
        print(
            "演示账号仍在使用公开的演示口令，不能对外开放（LISTEN）；请先更改口令，或以 DEMO=0 启动空库。"
            " / Demo accounts still have their public passwords, so LISTEN must stay on loopback; "
            "change them, or start empty with DEMO=0."
        )
        return REFUSED
    print(json.dumps({"accounts": demo_accounts.list_accounts() if settings.DEMO else []}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

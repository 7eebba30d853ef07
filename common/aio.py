"""The only way from async code to synchronous services (decisions 2).

Outside a Django request `sync_to_async` shares one thread per process; here a bounded pool does the work and every
call leaves its database connection behind.
"""

import asyncio
import contextvars
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import close_old_connections

Args = ParamSpec("Args")
Result = TypeVar("Result")


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=settings.SERVICE_THREADS, thread_name_prefix="service")


async def call_service(func: Callable[Args, Result], /, *args: Args.args, **kwargs: Args.kwargs) -> Result:
    """Run a synchronous service on the bounded pool, with the caller's context variables, and return its result."""
    context = contextvars.copy_context()

    def work() -> Result:
        close_old_connections()
        try:
            return func(*args, **kwargs)
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(_pool(), context.run, work)

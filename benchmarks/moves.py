"""From a decision to the page of who began the case: a socket that waits, and the case asked again when it is told."""

import asyncio
import time
from typing import Any

import aiohttp
import orjson

from benchmarks.fleet import App

PATIENCE_S = 30.0
_CSRF = "x" * 32


def waits(app: App, secrets: tuple[str, str], waiting: list[tuple[Any, Any]]) -> list[float]:
    """Milliseconds of each.

    Args:
        secrets: of who began the cases, and of who decides.
        waiting: (case, task) to be agreed to, one after the other.
    """
    return asyncio.run(_run(app, secrets, [(str(case), str(task)) for case, task in waiting]))


async def _run(app: App, secrets: tuple[str, str], waiting: list[tuple[str, str]]) -> list[float]:
    starter, head = (
        {"Cookie": f"tz_session={one}; csrftoken={_CSRF}", "X-CSRFToken": _CSRF} for one in secrets
    )
    base = f"http://127.0.0.1:{app.port}"
    told: asyncio.Queue[str] = asyncio.Queue()
    took = []
    async with aiohttp.ClientSession() as session:
        ready = asyncio.Event()
        watching = asyncio.create_task(_watch(session, base, secrets[0], told, ready))
        async with asyncio.timeout(PATIENCE_S):
            await ready.wait()
        for case, task in waiting:
            began = time.perf_counter()
            body = {"task": task, "key": f"seen:{task}"}
            async with session.post(
                f"{base}/api/v1/cases/{case}/deeds/agree", json=body, headers=head
            ) as said:
                said.raise_for_status()
            async with asyncio.timeout(PATIENCE_S):
                while await told.get() != case:
                    continue
            async with session.get(f"{base}/api/v1/cases/{case}", headers=starter) as page:
                if [one["deed"] for one in (await page.json())["trail"]].count("agree") != 1:
                    raise RuntimeError(f"{case} was told of and is not there")
            took.append(1000 * (time.perf_counter() - began))
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    return took


async def _watch(
    session: aiohttp.ClientSession, base: str, secret: str, told: asyncio.Queue[str], ready: asyncio.Event
) -> None:
    headers = {"Authorization": f"Bearer {secret}"}
    async with session.ws_connect(f"{base}/live", headers=headers, max_msg_size=0) as line:
        await line.send_str('{"type":"hello","v":1,"positions":{}}')
        frames = 0
        async for message in line:
            frames += 1
            ready.set()
            for frame in _frames(orjson.loads(message.data)):
                if frame.get("type") == "person" and frame.get("kind") == "case":
                    told.put_nowait(frame["id"])
            await line.send_str(orjson.dumps({"type": "pos", "frames": frames}).decode())


def _frames(told: Any) -> list[dict[str, Any]]:
    return told if isinstance(told, list) else [told]

"""A gateway for text messages and calls, as a telephone company might run one: it answers, and sends nothing.

`POST /` takes {"to", "text", "channel", "key"} and answers {"state", "message"} by the number's last digit: 8 fails,
9 is not answered (calls), all others are delivered. The same key again gets the first answer and is not sent again.
`GET /log` tells what came, one entry for each key with how often it was asked. It shares no code with our gateways.
"""

import argparse
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FAILS, SILENT = "8", "9"


class Gateway(ThreadingHTTPServer):
    """`log` by key: what was asked for, the answer, and how many times. `pause_s`: how long an answer takes."""

    daemon_threads = True

    def __init__(self, port: int = 0, pause_s: float = 0.0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.log: dict[str, dict[str, Any]] = {}
        self.pause_s = pause_s
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def take(self, message: dict[str, Any]) -> dict[str, str]:
        key = str(message["key"])
        with self._lock:
            known = self.log.get(key)
            if known is None:
                known = self.log[key] = {**message, "times": 0, "answer": _answer(message)}
            known["times"] += 1
        time.sleep(self.pause_s)
        answer: dict[str, str] = known["answer"]
        return answer


def _answer(message: dict[str, Any]) -> dict[str, str]:
    last = str(message.get("to", ""))[-1:]
    if last == FAILS:
        return {"state": "failed", "message": "关机"}
    if last == SILENT and message.get("channel") == "voice":
        return {"state": "no_answer", "message": "无人接听"}
    return {"state": "delivered", "message": "已接听" if message.get("channel") == "voice" else "已送达"}


class Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        try:
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)))
            answer = self.server.take(message)
        except (ValueError, KeyError, TypeError):
            self._say(400, {"state": "failed", "message": "bad request"})
        else:
            self._say(200, answer)

    def do_GET(self) -> None:
        self._say(200, list(self.server.log.values()))

    def _say(self, status: int, body: object) -> None:
        data = json.dumps(body, ensure_ascii=False).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            return  # who asked is gone

    def log_message(self, *_args: object) -> None:
        return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8900)
    Gateway(parser.parse_args().port).serve_forever()


if __name__ == "__main__":
    main()

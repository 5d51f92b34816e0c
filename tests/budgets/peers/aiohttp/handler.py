"""A plain handler: verifies Meta's signature, answers 200, makes a ticket for each comment.

With FIRST=ticket it makes the ticket before it answers, as a function has to that ends with its answer; if that fails it answers 503,
and whoever sent the webhook must send it again. Otherwise it makes the ticket behind the answer, waits as long as the helpdesk asks it
to, and tries again when a call fails; what waits is in memory or, if DATABASE names a file, on the disk before it is answered.
"""

import asyncio
import hashlib
import hmac
import json
import os
import sqlite3

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, encode_basic_auth, web

APP_SECRET = os.environ["APP_SECRET"].encode()
ZENDESK_URL = os.environ["ZENDESK_URL"]
HEADERS = {"Authorization": encode_basic_auth(os.environ["ZENDESK_USER"], os.environ["ZENDESK_TOKEN"])}
WORKERS = 16


class Memory(asyncio.Queue):
    def add(self, comment: dict) -> None:
        self.put_nowait(comment)

    def done(self, comment: dict) -> None:
        pass


class File(Memory):
    """Remembers what it has seen, too: a comment that comes twice is taken once."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.database = sqlite3.connect(name, isolation_level=None)
        self.database.execute("PRAGMA journal_mode = wal")
        self.database.execute("PRAGMA synchronous = full")
        self.database.execute("CREATE TABLE IF NOT EXISTS comments (id TEXT PRIMARY KEY, body TEXT) WITHOUT ROWID")
        for (body,) in self.database.execute("SELECT body FROM comments WHERE body IS NOT NULL"):
            self.put_nowait(json.loads(body))

    def add(self, comment: dict) -> None:
        insert = "INSERT OR IGNORE INTO comments VALUES (?, ?)"
        if self.database.execute(insert, (comment["comment_id"], json.dumps(comment))).rowcount:
            self.put_nowait(comment)

    def done(self, comment: dict) -> None:
        self.database.execute("UPDATE comments SET body = NULL WHERE id = ?", (comment["comment_id"],))


WAITING = web.AppKey("waiting", Memory)
SESSION = web.AppKey("session", ClientSession)


async def webhook(request: web.Request) -> web.Response:
    body = await request.read()
    expected = "sha256=" + hmac.new(APP_SECRET, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers.get("X-Hub-Signature-256", "")):
        return web.Response(status=401, text="bad signature")
    for entry in json.loads(body)["entry"]:
        for change in entry.get("changes", []):
            value = change["value"]
            if change["field"] == "feed" and value["item"] == "comment" and value["verb"] == "add":
                if WAITING in request.app:
                    request.app[WAITING].add(value)
                elif not await make_ticket(request.app[SESSION], value):
                    return web.Response(status=503, text="the helpdesk did not take it")
    return web.Response(text="accepted")


async def make_ticket(session: ClientSession, comment: dict) -> bool:
    try:
        async with session.post(f"{ZENDESK_URL}/api/v2/tickets", json=ticket(comment)) as response:
            return response.status < 300
    except (ClientError, asyncio.TimeoutError):
        return False


def ticket(comment: dict) -> dict:
    return {
        "ticket": {
            "subject": f"Comment by {comment['from']['name']}",
            "comment": {"body": comment["message"]},
            "external_id": comment["comment_id"],
            "tags": ["facebook"],
        }
    }


async def work(app: web.Application, session: ClientSession) -> None:
    while True:
        comment = await app[WAITING].get()
        while True:
            try:
                async with session.post(f"{ZENDESK_URL}/api/v2/tickets", json=ticket(comment)) as response:
                    if response.status < 300:
                        app[WAITING].done(comment)
                        break
                    pause = float(response.headers.get("Retry-After", 5))
            except (ClientError, asyncio.TimeoutError):
                pause = 5
            await asyncio.sleep(pause)


async def workers(app: web.Application):
    async with ClientSession(
        headers=HEADERS, timeout=ClientTimeout(total=30), connector=TCPConnector(limit=WORKERS)
    ) as session:
        app[SESSION] = session
        tasks = [asyncio.create_task(work(app, session)) for _ in range(WORKERS if WAITING in app else 0)]
        yield
        for task in tasks:
            task.cancel()


def application() -> web.Application:
    app = web.Application()
    file = os.environ.get("DATABASE")
    if os.environ.get("FIRST") != "ticket":
        app[WAITING] = File(file) if file else Memory()
    app.router.add_post("/webhook", webhook)
    app.cleanup_ctx.append(workers)
    return app


if __name__ == "__main__":
    web.run_app(application(), host="127.0.0.1", port=int(os.environ["PORT"]), access_log=None)

"""A plain handler: verifies Meta's signature, answers 200, makes a ticket for each comment behind the answer.

What waits is in memory. It waits as long as the helpdesk asks it to, and tries again when a call fails.
"""

import asyncio
import hashlib
import hmac
import json
import os

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, encode_basic_auth, web

APP_SECRET = os.environ["APP_SECRET"].encode()
ZENDESK_URL = os.environ["ZENDESK_URL"]
HEADERS = {"Authorization": encode_basic_auth(os.environ["ZENDESK_USER"], os.environ["ZENDESK_TOKEN"])}
WORKERS = 16
WAITING = web.AppKey("waiting", asyncio.Queue)


async def webhook(request: web.Request) -> web.Response:
    body = await request.read()
    expected = "sha256=" + hmac.new(APP_SECRET, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers.get("X-Hub-Signature-256", "")):
        return web.Response(status=401, text="bad signature")
    for entry in json.loads(body)["entry"]:
        for change in entry.get("changes", []):
            value = change["value"]
            if change["field"] == "feed" and value["item"] == "comment" and value["verb"] == "add":
                request.app[WAITING].put_nowait(value)
    return web.Response(text="accepted")


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
                        break
                    pause = float(response.headers.get("Retry-After", 5))
            except (ClientError, asyncio.TimeoutError):
                pause = 5
            await asyncio.sleep(pause)


async def workers(app: web.Application):
    async with ClientSession(
        headers=HEADERS, timeout=ClientTimeout(total=30), connector=TCPConnector(limit=WORKERS)
    ) as session:
        tasks = [asyncio.create_task(work(app, session)) for _ in range(WORKERS)]
        yield
        for task in tasks:
            task.cancel()


def application() -> web.Application:
    app = web.Application()
    app[WAITING] = asyncio.Queue()
    app.router.add_post("/webhook", webhook)
    app.cleanup_ctx.append(workers)
    return app


if __name__ == "__main__":
    web.run_app(application(), host="127.0.0.1", port=int(os.environ["PORT"]), access_log=None)

"""Nothing that is written holds a key of a provider: logs, database, backup, files, pages, commands."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer

from bot.config.provider_rules import PROVIDER_RULES
from tests.support.command_line import closed_port
from tests.support.photos import photo
from tests.support.wire.fleet import Fleet, open_fleet

KEYS = {provider: f"sk-{number}-Qx7Lm2Vw9Tz4" for number, provider in enumerate(PROVIDER_RULES)}
MARK = b"Qx7Lm2Vw9Tz4"
PASSWORD = "a-password-of-the-console"


def _models(url: str) -> str:
    return "".join(
        f'[models.{provider}]\nprovider = "{provider}"\n'
        + ('upstream = "gemini"\n' if provider == "relay-images" else "")
        + (f'base_url = "{url}"\nkey_env = "KEY_{number}"\n' if rules.key_env else "")
        + 'pixels = { "1K" = { "1:1" = "1024x1024" } }\n'
        for number, (provider, rules) in enumerate(PROVIDER_RULES.items())
    )


@asynccontextmanager
async def services(used: set[str]) -> AsyncGenerator[str]:
    """Serve a picture in the shapes of all providers; "refused" gets an error that repeats the key."""
    text = base64.b64encode(photo(64, 64)).decode()

    async def answer(request: web.Request) -> web.Response:
        key = request.headers["Authorization"].removeprefix("Bearer ")
        used.add(key)
        if b"refused" in await request.read():
            words = f"Incorrect key {key} in {request.headers!r}"
            return web.json_response({"error": {"message": words, "code": "x"}}, status=400)
        return web.json_response({"image": {"base64": text}, "data": [{"b64_json": text}]})

    app = web.Application()
    app.router.add_post("/{path:.*}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


async def _run(fleet: Fleet, settings: dict[str, str], *arguments: str) -> None:
    process = fleet.process(arguments[0], **settings)
    await process.launch(*arguments)
    await process.wait_for_exit(60)
    assert process.lines


def _contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


async def _pages(port: str, metrics: str) -> list[bytes]:
    console = f"http://127.0.0.1:{port}"
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        async with session.post(f"{console}/sign-in", data={"password": PASSWORD}) as response:
            found = [await response.read()]
        for url in (f"{console}/", f"{console}/settings", f"http://127.0.0.1:{metrics}/metrics"):
            async with session.get(url) as response:
                found.append(await response.read())
    assert b"LOG_<wbr>FORMAT" in found[2], "the settings, not the page to sign in"
    return found


@pytest.mark.timeout(300)
async def test_no_key_of_a_provider_is_in_anything_that_is_written(tmp_path: Path) -> None:
    used, models = set[str](), tmp_path / "models.toml"
    database = f"sqlite:///{tmp_path}/jobs.db"
    ports = {"CONSOLE_PORT": str(closed_port()), "METRICS_PORT": str(closed_port())}
    async with services(used) as url, open_fleet(database, tmp_path) as fleet:
        models.write_text(_models(url))
        keys = {f"KEY_{number}": key for number, key in enumerate(KEYS.values())}
        settings = {"MODELS_FILE": str(models), "RELAY_URL": url, "RELAY_TOKEN": KEYS["relay"], **keys}
        settings |= {"LOG_LEVEL": "DEBUG"}
        bot = fleet.process("run", **settings, **ports, CONSOLE_PASSWORD=PASSWORD)
        await bot.start()
        for provider in PROVIDER_RULES:
            for prompt in ("a fox", "a refused fox"):
                asked = await fleet.discord.slash(501, "imagine", prompt=prompt, model=provider)
                await fleet.discord.outcome(asked)
        pages = await _pages(ports["CONSOLE_PORT"], ports["METRICS_PORT"])
        await _run(fleet, settings, "doctor")
        await _run(fleet, settings, "status", "--json")
        await _run(fleet, settings, "backup", str(tmp_path / "backup.db"))
        assert await bot.stop() == 0
        shown = json.dumps([message.text for message in fleet.discord.messages.values()]).encode()
        logs = [process.log.encode() for process in fleet.processes]
    # The relay's endpoints share its token.
    assert used == set(KEYS.values()) - {KEYS["relay-images"]}
    assert b"Incorrect key" in logs[0]
    files = _contents(tmp_path)
    assert {"jobs.db", "backup.db"} <= files.keys()
    assert [name for name, content in files.items() if MARK in content] == []
    for written in (*pages, *logs, shown):
        at = written.find(MARK)
        assert at < 0, written[max(0, at - 300) : at + 100]

"""Uploading a file: two calls over real HTTP, and the failures of each."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from bot.domain.errors import BadReply, BotError, OperatorError, RelayUnavailable
from bot.pictures.sniff import sniff
from bot.providers.credentials import Credentials, StaticCredentialProvider
from bot.providers.relay.artifact_store import ArtifactStore
from bot.sources.guard import Guard
from tests.support.relay.scripted_relay import PNG, TOKEN, full_error_text

SECRET = "signed-with-a-secret"
GUARD = Guard(sniff=sniff, timeout=3600)


class Store:
    """An upload server with configurable responses that records what it receives."""

    def __init__(self) -> None:
        self.url = ""
        self.offer: tuple[int, Any] = (200, None)
        self.put: tuple[int, dict[str, str]] = (200, {})
        self.calls: list[tuple[str, str, str | None]] = []
        self.asked: Any = None
        self.content: tuple[bytes, str] | None = None
        self.query = ""

    async def answer_offer(self, request: web.Request) -> web.Response:
        """Respond with the upload URLs."""
        self.calls.append((request.method, request.path, request.headers.get("Authorization")))
        self.asked = await request.json()
        status, body = self.offer
        if body is None:
            put, public = f"{self.url}/put?key={SECRET}", f"{self.url}/public/file.png"
            body = {"urls": [{"uploadUrl": put, "publicUrl": public}]}
        return web.json_response(body, status=status) if status < 300 or body else web.Response(status=status)

    async def answer_put(self, request: web.Request) -> web.Response:
        """Accept the file."""
        self.calls.append((request.method, request.path, request.headers.get("Authorization")))
        self.content = await request.read(), request.headers["Content-Type"]
        self.query = request.raw_path.partition("?")[2]
        status, headers = self.put
        return web.Response(status=status, headers=headers)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    store, app = Store(), web.Application(client_max_size=20_000_000)
    app.router.add_post("/api/artifacts/upload-url", store.answer_offer)
    app.router.add_put("/{tail:.*}", store.answer_put)
    async with TestServer(app) as server:
        store.url = str(server.make_url("/")).rstrip("/")
        yield store


@pytest.fixture
async def artifacts(store: Store) -> AsyncIterator[ArtifactStore]:
    async with ClientSession() as session:
        yield ArtifactStore(session, StaticCredentialProvider(store.url, TOKEN), GUARD, timeout=60)


async def failure(artifacts: ArtifactStore) -> BotError:
    with pytest.raises(BotError) as caught:
        await artifacts.publish(PNG, "png")
    assert TOKEN not in full_error_text(caught.value)
    return caught.value


async def test_a_file_is_uploaded_and_its_public_url_returned(store: Store, artifacts: ArtifactStore) -> None:
    assert await artifacts.publish(PNG, "png") == f"{store.url}/public/file.png"
    (file,) = store.asked["files"]
    assert file["contentType"] == "image/png" and file["public"] is True
    assert file["name"].endswith(".png") and file["name"].isascii()
    assert store.content == (PNG, "image/png")


async def test_the_token_is_sent_to_the_relay_only(store: Store, artifacts: ArtifactStore) -> None:
    await artifacts.publish(PNG, "jpeg")
    assert store.calls == [
        ("POST", "/api/artifacts/upload-url", f"Bearer {TOKEN}"),
        ("PUT", "/put", None),
    ]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_no_redirect_is_followed(store: Store, artifacts: ArtifactStore, status: int) -> None:
    store.put = status, {"Location": f"{store.url}/elsewhere"}
    assert isinstance(await failure(artifacts), OperatorError)
    assert [path for _, path, _ in store.calls] == ["/api/artifacts/upload-url", "/put"]


@pytest.mark.parametrize(
    "inside",
    [
        "http://127.0.0.1:{other}/put",
        "http://localhost:{other}/put",
        "http://10.0.0.5/put",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]:{other}/put",
        "http://2130706433:{other}/put",
        "https://minio.internal/put",
        "http://example.com:22/put",
    ],
)
async def test_nothing_is_uploaded_to_a_private_address_besides_the_relays_own(
    store: Store, artifacts: ArtifactStore, inside: str
) -> None:
    async with TestServer(web.Application()) as server:
        url = inside.format(other=server.make_url("/").port)
        store.offer = 200, {"urls": [{"uploadUrl": url, "publicUrl": "https://example.com/a"}]}
        error = await failure(artifacts)
    assert isinstance(error, OperatorError) and "address for uploads" in error.detail
    assert store.content is None


async def test_a_name_that_resolves_to_a_private_address_gets_no_upload(store: Store) -> None:
    async with (
        ClientSession() as session,
        Guard(sniff=sniff, resolver=PrivateResolver(), timeout=3600) as guard,
    ):
        credentials = StaticCredentialProvider(store.url, TOKEN)
        url = f"http://uploads.example.com:{urlsplit(store.url).port}/put"
        store.offer = 200, {"urls": [{"uploadUrl": url, "publicUrl": "https://example.com/a"}]}
        assert isinstance(await failure(ArtifactStore(session, credentials, guard)), OperatorError)
    assert store.content is None


async def test_a_long_signed_address_reaches_the_store_unchanged(
    store: Store, artifacts: ArtifactStore
) -> None:
    signed = f"key={SECRET}&sig=a%2Fb%2B%3D~{'x' * 3000}"
    store.offer = 200, {"urls": [{"uploadUrl": f"{store.url}/put?{signed}", "publicUrl": "https://e.com/a"}]}
    assert await artifacts.publish(PNG, "png") == "https://e.com/a"
    assert store.query == signed


class PrivateResolver(AbstractResolver):
    """Resolves every name to this host."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the address of this host."""
        return [
            ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)
        ]

    async def close(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize("status", [400, 403, 413, 500, 503])
async def test_a_refused_upload_is_an_unavailable_relay(
    store: Store, artifacts: ArtifactStore, status: int
) -> None:
    store.put = status, {}
    error = await failure(artifacts)
    assert isinstance(error, RelayUnavailable)
    assert str(status) in error.detail and SECRET not in full_error_text(error)


USELESS: list[Any] = [
    {},
    [],
    "urls",
    {"urls": []},
    {"urls": [{}]},
    {"urls": [{"uploadUrl": "https://example.com/"}]},
    {"urls": [{"uploadUrl": 1, "publicUrl": 2}]},
    {"urls": [{"uploadUrl": "file:///etc/passwd", "publicUrl": "https://example.com/a"}]},
    {"urls": [{"uploadUrl": "https://example.com/", "publicUrl": "javascript:alert(1)"}]},
    {"urls": [{"uploadUrl": "https://example.com/", "publicUrl": "https://example.com/" + "a" * 5000}]},
    {"urls": [{"uploadUrl": "https://user@example.com/", "publicUrl": "https://example.com/a"}]},
]


@pytest.mark.parametrize("body", USELESS)
async def test_a_response_without_usable_urls_is_a_bad_reply(
    store: Store, artifacts: ArtifactStore, body: Any
) -> None:
    store.offer = 200, body
    assert isinstance(await failure(artifacts), BadReply)
    assert store.content is None


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (404, {"error": "Not found"}, OperatorError),
        (401, {"error": "Missing sandbox token"}, OperatorError),
        (503, {"error": "down"}, RelayUnavailable),
        (302, {"error": "moved"}, OperatorError),
    ],
)
async def test_an_error_response_is_classified(
    store: Store, artifacts: ArtifactStore, status: int, body: Any, error: type[BotError]
) -> None:
    store.offer = status, body
    assert isinstance(await failure(artifacts), error)


async def test_an_unreachable_relay_is_unavailable() -> None:
    async with ClientSession() as session:
        await failure(ArtifactStore(session, StaticCredentialProvider("http://127.0.0.1:9", TOKEN), GUARD))


class RefreshingProvider:
    """Credentials whose first token is stale."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def get(self) -> Credentials:
        """Return the stale token."""
        return Credentials(self._url, "stale")

    async def refresh(self, stale: Credentials) -> Credentials:
        """Return a fresh token."""
        return Credentials(self._url, TOKEN)


async def test_a_stale_token_is_refreshed_once() -> None:
    asked: list[str | None] = []

    async def offer(request: web.Request) -> web.Response:
        asked.append(request.headers.get("Authorization"))
        if asked[-1] != f"Bearer {TOKEN}":
            return web.json_response({"error": "Missing sandbox token"}, status=401)
        here = f"http://{request.host}"
        return web.json_response({"urls": [{"uploadUrl": f"{here}/put", "publicUrl": f"{here}/public"}]})

    async def put(_: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.router.add_post("/api/artifacts/upload-url", offer)
    app.router.add_put("/put", put)
    async with TestServer(app) as server, ClientSession() as session:
        url = str(server.make_url("/")).rstrip("/")
        assert (
            await ArtifactStore(session, RefreshingProvider(url), GUARD).publish(PNG, "png")
            == f"{url}/public"
        )
    assert asked == ["Bearer stale", f"Bearer {TOKEN}"]

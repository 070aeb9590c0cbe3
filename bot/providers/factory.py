"""Assembles the clients of all models."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot.domain.errors import OperatorError
from bot.domain.image_models.catalogue import Catalogue, Model
from bot.domain.models import Header
from bot.domain.ports import CheckedRelay
from bot.providers.ark import ArkClient
from bot.providers.credential_helper import validated_token
from bot.providers.credentials import CredentialProvider, Credentials
from bot.providers.openai_images import OpenAIImagesClient
from bot.providers.openrouter import OpenRouterClient
from bot.providers.relay.access import relay_access
from bot.providers.relay.client import RelayClient
from bot.providers.relay.images_client import RelayImagesClient
from bot.providers.wire.picture_calls import PictureCalls
from bot.providers.wire.reference_files import ReferenceFiles

_KEYED = {"ark": ArkClient, "openai-images": OpenAIImagesClient, "openrouter": OpenRouterClient}


def create_clients(
    models: Catalogue,
    calls: PictureCalls,
    credentials: CredentialProvider,
    *,
    keys: Mapping[str, str],
    fetch: Callable[[str], Awaitable[bytes]],
    sniff: Callable[[bytes], Header | None],
) -> dict[str, CheckedRelay]:
    """Return a client for the id of each model.

    ``credentials`` are those of the relay, ``keys`` those of other providers by variable.

    ``fetch`` downloads references that travel within calls, ``sniff`` reads their headers.
    """
    references, relay = ReferenceFiles(fetch, sniff), relay_access(credentials)

    def client(model: Model) -> CheckedRelay:
        if model.provider == "relay":
            return RelayClient(calls, relay, model=model.upstream)
        if model.provider == "relay-images":
            return RelayImagesClient(calls, relay, references, model)
        key = Credentials(model.base_url or "", _key(model, keys))
        return _KEYED[model.provider](calls, key, references, model)

    return {model.id: client(model) for model in models}


def _key(model: Model, keys: Mapping[str, str]) -> str:
    name = model.key_env or ""
    if name not in keys:
        raise OperatorError(f"{name} is missing: the model {model.id} needs it")
    return validated_token(keys[name], name)

"""The program that prints the relay's token."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import pytest

from bot.domain.errors import OperatorError
from bot.providers.credentials import HelperCredentialProvider

Make = Callable[..., HelperCredentialProvider]


async def refusal_of(credentials: HelperCredentialProvider) -> OperatorError:
    with pytest.raises(OperatorError) as caught:
        await credentials.get()
    text = "".join(traceback.format_exception(caught.value)) + caught.value.detail + repr(caught.value)
    assert "s3cret" not in text
    return caught.value

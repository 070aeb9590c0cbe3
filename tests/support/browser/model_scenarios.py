"""Several models: trying another one, comparing them, and several references."""

from __future__ import annotations

import asyncio
from functools import cache

from bot.demo.painter.paint import encode, paint
from tests.support.browser.actions import Scenario
from tests.support.in_process.message_parts import buttons_of

_MODELS = ("seedream-4.5", "demo-seedream", "demo-gpt")
_UPLOADS = {
    "boat.jpg": "a boat on a calm sea at dawn",
    "tree.jpg": "a cherry tree in spring",
    "moon.jpg": "a full moon over the sea at night",
}
"""Prompts of the references, by file name."""


class ModelScenario(Scenario):
    """A member who can choose between three models."""

    async def try_and_compare(self) -> None:
        """Draw with the usual model, which offers the others, and with all of them."""
        async with self._page.paused():
            await self._imagine("try-with", prompt=self._texts["result"], ratio="3:2")
            compared = {f"model{number}": model for number, model in enumerate(_MODELS, 1)}
            await self._slash("compared", "compare", prompt=self._texts["next"], ratio="3:2", **compared)
            await self._wait_until_answered()

    async def combine_references(self) -> None:
        """Give three pictures to a model that takes one, and draw with one that takes all."""
        async with self._page.paused():
            files = await asyncio.to_thread(_uploads)
            options = {"prompt": self._texts["references"], "size": "2K", "ratio": "16:9"}
            given = {**options, **files, "show-reference": True}
            await self._slash("too-many-references", "remix-file", **given)
            question = await self._slash("question", "remix-file", **given)
            models = list(buttons_of(question.response.message).values())[len(files) :]
            await self._member.click(question.response, custom_id=models[0])
            await self._wait_until_answered()
            self.message_ids["references"] = self._channel.last_message.id


@cache
def _uploads() -> dict[str, tuple[str, bytes]]:
    """Paint the references; return them by the command's options."""
    return {
        option: (name, encode(paint(prompt, width=768, height=512, seed=7), "jpeg"))
        for option, (name, prompt) in zip(("image", "image2", "image3"), _UPLOADS.items(), strict=True)
    }

"""Pictures in messages as Discord sends them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import AsyncMock

import discord
import pytest
from discord.components import _component_factory  # pyright: ignore[reportPrivateUsage]  # the only parser
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import ReferenceUnusable
from bot.domain.models import FoundPicture
from bot.ui.cards.buttons.job_buttons import has_pictures, job_buttons_in
from bot.ui.intake.references.fresh_links import FreshLinks
from bot.ui.intake.references.media import pictures_in
from bot.ui.intake.references.picture_owners import PictureOwners
from bot.ui.intake.references.resolver import References

ALICE: Any = SimpleNamespace(id=1)
CDN = "https://cdn.discordapp.com/attachments/1/2"


def message(**data: Any) -> discord.Message:
    """Build what ``pictures_in`` reads of a message from Discord's JSON."""
    state: Any = SimpleNamespace(http=None)
    defaults = {"id": 1, "proxy_url": "", "size": 9}
    return cast(
        "discord.Message",
        SimpleNamespace(
            attachments=[
                discord.Attachment(data=defaults | each, state=state) for each in data.get("attachments", [])
            ],
            components=[_component_factory(each, state) for each in data.get("components", [])],
            embeds=[discord.Embed.from_dict(each) for each in data.get("embeds", [])],
            message_snapshots=[],
            jump_url="https://discord.com/channels/1/2/3",
            author=ALICE,
            channel=SimpleNamespace(id=2),
        ),
    )


def image_embed(url: str, **sides: int) -> dict[str, Any]:
    return {"type": "rich", "image": {"url": url, **sides}}


def test_a_message_without_components_has_its_other_pictures() -> None:
    without: Any = message(embeds=[image_embed("https://pictures.example/a.png")])
    del without.components
    assert [picture.name for picture in pictures_in(without)] == ["a.png"]


def test_an_address_that_is_none_has_no_name() -> None:
    (picture,) = pictures_in(message(embeds=[image_embed("http://[::1")]))
    assert (picture.url, picture.name) == ("http://[::1", "")


class Guard:
    """Records the URLs it is asked for, and refuses private ones."""

    def __init__(self) -> None:
        self.checked: list[str] = []

    async def inspect(self, url: str) -> FoundPicture:
        self.checked.append(url)
        if "10.0.0.5" in url:
            raise ReferenceUnusable("not-public")
        return FoundPicture(url=url, format="png", width=1600, height=900, size=5)

    async def fetch(self, url: str, *, most: int | None = None) -> bytes:
        raise NotImplementedError

    async def download(self, url: str, receive: object, *, trusted: str) -> None:
        raise NotImplementedError

    async def put(self, url: str, content: bytes, *, content_type: str, trusted: str) -> int:
        raise NotImplementedError


@pytest.fixture
def guard() -> Guard:
    return Guard()


@pytest.fixture
def references(guard: Guard) -> References:
    client = cast("discord.Client", SimpleNamespace(user=None))
    return References(client, guard, cast("PictureOwners", AsyncMock()), FreshLinks(client))


async def test_an_embeds_address_is_checked_by_the_guard(references: References, guard: Guard) -> None:
    inside = "http://10.0.0.5:8080/a.png"
    with pytest.raises(ReferenceUnusable):
        await references.from_message(message(embeds=[image_embed(inside, width=500, height=300)]), ALICE)
    assert guard.checked == [inside]


async def test_an_external_picture_in_a_component_is_checked_by_the_guard(
    references: References, guard: Guard
) -> None:
    url = "https://pictures.example/a.png"
    gallery = {"type": 12, "items": [{"media": {"url": url, "width": 90, "height": 90}}]}
    await references.from_message(message(components=[gallery]), ALICE)
    assert guard.checked == [url]


async def test_unknown_sides_are_measured(references: References) -> None:
    unknown = message(embeds=[image_embed("https://pictures.example/a.png", width=0, height=0)])
    assert (await references.from_message(unknown, ALICE)).ratio == "16:9"


async def test_discords_own_files_are_not_fetched(references: References, guard: Guard) -> None:
    upload = {"filename": "a.png", "content_type": "image/png", "url": f"{CDN}/a.png"}
    upload |= {"width": 900, "height": 1600}
    assert (await references.from_message(message(attachments=[upload]), ALICE)).ratio == "9:16"
    assert guard.checked == []


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.discordapp.com.10.0.0.5/a.png",
        "https://cdn.discordapp.com@10.0.0.5/a.png",
        "http://10.0.0.5/?https://cdn.discordapp.com/",
    ],
)
async def test_a_lookalike_of_discords_address_is_checked(references: References, url: str) -> None:
    with pytest.raises(ReferenceUnusable):
        await references.from_message(message(embeds=[image_embed(url)]), ALICE)


def test_a_file_without_a_content_type_is_no_picture() -> None:
    paste = {"filename": "message.txt", "url": f"{CDN}/message.txt", "size": 2500}
    assert pictures_in(message(attachments=[paste])) == []


def test_a_picture_in_a_file_component_counts() -> None:
    media = {"url": f"{CDN}/cat.png", "proxy_url": "", "content_type": "image/png"}
    component = {"type": 13, "id": 1, "file": media, "spoiler": False, "name": "cat.png", "size": 1000}
    assert [picture.url for picture in pictures_in(message(components=[component]))] == [f"{CDN}/cat.png"]
    text = {**component, "file": {**media, "content_type": "text/plain"}}
    assert pictures_in(message(components=[text])) == []


def test_addresses_that_differ_in_their_query_are_two_pictures_except_on_discord() -> None:
    urls = [f"https://pictures.example/?id={number}" for number in (1, 2)]
    urls += [f"{CDN}/a.png?ex={number}" for number in (1, 2)]
    found = pictures_in(message(embeds=[image_embed(url) for url in urls]))
    assert [picture.url for picture in found] == urls[:3]


def test_previews_of_a_messages_own_links_can_be_left_out() -> None:
    preview = {"type": "video", "thumbnail": {"url": "https://videos.example/1.jpg"}}
    assert pictures_in(message(embeds=[preview]), previews=False) == []
    assert len(pictures_in(message(embeds=[preview]))) == 1


def test_a_gallery_within_a_container_shows_pictures() -> None:
    text = {"type": 10, "id": 1, "content": "a fox"}
    gallery = {"type": 12, "id": 2, "items": [{"media": {"url": f"{CDN}/a.png"}}]}
    shown = {"type": 17, "id": 3, "components": [text, gallery]}
    assert has_pictures(message(components=[shown]).components)
    assert not has_pictures(message(components=[{**shown, "components": [text]}]).components)


def test_the_files_of_a_card_are_known_by_their_ids_whether_they_are_listed_as_attachments_or_not() -> None:
    shown = {"media": {"url": f"{CDN}/a.png?ex=1", "attachment_id": "7", "content_type": "image/png"}}
    gallery = {"type": 12, "items": [shown]}
    listed = {"id": 7, "filename": "a.png", "url": f"{CDN}/a.png?ex=1", "content_type": "image/png"}
    for attachments in ([], [listed]):
        (media,) = pictures_in(message(components=[gallery], attachments=attachments))
        assert media.attachment_id == 7


def test_the_reference_beside_the_prompt_is_no_picture_of_its_card_even_if_it_is_its_file() -> None:
    media = {"url": f"{CDN}/b.jpg", "attachment_id": "8", "content_type": "image/jpeg"}
    accessory = {"type": 11, "media": media}
    section = {"type": 9, "components": [{"type": 10, "content": "> at night"}], "accessory": accessory}
    button = {"type": 2, "style": 2, "label": "More", "custom_id": "job:more:1"}
    listed = {"id": 8, "filename": "b.jpg", "url": f"{CDN}/b.jpg", "content_type": "image/jpeg"}
    card = message(components=[section, {"type": 1, "components": [button]}], attachments=[listed])
    assert pictures_in(card) == []


ANY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 2**70),
    st.floats(),
    st.sampled_from(["", "x", "800", "-1", "image/png", "https://pictures.example/a.png", f"{CDN}/a.png"]),
    st.builds(list[Any]),
    st.builds(dict[str, Any]),
)
MEDIA = st.fixed_dictionaries(
    {"url": ANY}, optional=dict.fromkeys(("content_type", "width", "height", "flags"), ANY)
)
UPLOAD_FIELDS = st.fixed_dictionaries(
    {"filename": st.just("a.png"), "url": ANY},
    optional=dict.fromkeys(("content_type", "width", "height", "size", "flags"), ANY),
)
COMPONENTS = st.one_of(
    MEDIA.map(lambda media: {"type": 12, "items": [{"media": media}]}),
    MEDIA.map(lambda media: {"type": 11, "media": media}),
    MEDIA.map(lambda media: {"type": 13, "id": 1, "file": media, "name": "a.png", "size": 1}),
)
EMBEDS = st.dictionaries(st.sampled_from(["image", "thumbnail"]), MEDIA | ANY)


@given(st.lists(UPLOAD_FIELDS, max_size=2), st.lists(COMPONENTS, max_size=2), st.lists(EMBEDS, max_size=2))
def test_fields_of_a_wrong_type_are_unknown_and_a_picture_without_an_address_is_none(
    attachments: list[Any], components: list[Any], embeds: list[Any]
) -> None:
    for picture in pictures_in(message(attachments=attachments, components=components, embeds=embeds)):
        assert isinstance(picture.url, str)
        assert picture.url
        assert picture.content_type is None or isinstance(picture.content_type, str)
        for number in (picture.width, picture.height, picture.size):
            assert number is None or (type(number) is int and 0 < number < 2**31)
        assert isinstance(picture.name, str)
        assert isinstance(picture.spoiler, bool)


@given(ANY)
def test_a_button_without_a_textual_id_is_no_button_of_a_job(custom_id: Any) -> None:
    button = {"type": 2, "style": 2, "label": "More", "custom_id": custom_id}
    gallery = {"type": 12, "items": [{"media": {"url": f"{CDN}/a.png"}}]}
    shown = message(components=[gallery, {"type": 1, "components": [button]}])
    assert list(job_buttons_in(shown.components)) == []
    assert len(pictures_in(shown)) == 1

"""The pictures that a job has already: on disk, under names with their numbers, or on its card."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path

from bot.domain.models import Job, Picture, ShownPicture
from bot.domain.requests.picture_numbers import number_in, with_number
from bot.pictures.sniff import MAX_HEADER_BYTES, sniff


def drawn_before(job: Job, folder: Path) -> dict[int, Picture]:
    """Return the pictures of earlier attempts by their numbers: on the job's card, and on disk."""
    on_disk = _pictures_in(folder)
    drawn = {number: each for each in on_disk if (number := number_in(each.path)) is not None}
    for shown in job.shown:
        if shown.number not in drawn:
            drawn[shown.number] = _without_file(shown, folder)
    for picture in on_disk:
        if number_in(picture.path) is None:
            number = free_number(drawn)
            drawn[number] = numbered(picture, number)
    for number in range(1, len(job.draft.compared) + 1):
        unnumbered = [] if number in drawn else _pictures_in(own_folder(folder, number))
        if unnumbered:
            drawn[number] = adopt(unnumbered[0], folder, number)
    return drawn


def own_folder(folder: Path, number: int) -> Path:
    """Return where the picture of a comparison with a number is drawn: each is of a model of its own."""
    return folder / f"model-{number}"


def adopt(picture: Picture, folder: Path, number: int) -> Picture:
    """Move a picture into its job's folder, under its number."""
    path = with_number(folder / picture.path.name, number)
    return replace(picture, path=picture.path.rename(path))


def free_number(drawn: Container[int]) -> int:
    """Return the first number that isn't taken."""
    return next(number for number in count(1) if number not in drawn)


def numbered(picture: Picture, number: int) -> Picture:
    """Give a picture's file its number."""
    return replace(picture, path=picture.path.rename(with_number(picture.path, number)))


def in_order(job: Job, drawn: Mapping[int, Picture]) -> list[Picture]:
    """Return a job's pictures by their numbers, no more than were asked for."""
    return [picture for _, picture in sorted(drawn.items())][: job.draft.count]


def missing_pictures(job: Job) -> list[Picture]:
    """Return a job's pictures that are neither on this machine's disk nor on the job's card."""
    shown = {each.number for each in job.shown}
    return [each for each in job.pictures if number_in(each.path) not in shown and not each.path.exists()]


def _without_file(shown: ShownPicture, folder: Path) -> Picture:
    """Return a picture that only the job's card has."""
    path = with_number(folder / shown.name, shown.number)
    return Picture(path=path, format=shown.format, width=shown.width, height=shown.height)


def _pictures_in(folder: Path) -> list[Picture]:
    pictures: list[Picture] = []
    for path in sorted(folder.glob("*.*")):
        if path.suffix == ".part":
            path.unlink(missing_ok=True)
            continue
        with path.open("rb") as file:
            header = sniff(file.read(MAX_HEADER_BYTES))
        if header:
            pictures.append(
                Picture(path=path, format=header.format, width=header.width, height=header.height)
            )
    return pictures

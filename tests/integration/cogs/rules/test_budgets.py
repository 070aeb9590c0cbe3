"""What members see of limits in money, and of servers that the bot isn't for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.config.catalogue import shipped_text
from tests.support.in_process.guild import SimulatedGuild, open_simulation
from tests.support.in_process.message_parts import text_of

OTHER_SERVER = "400000000000000001"


def priced(folder: Path) -> str:
    """Write a models file whose pictures cost 4 cents; return its path."""
    models = folder / "models.toml"
    cost = 'cost = 0.04\ncurrency = "USD"\nsize_style'
    models.write_text(shipped_text().replace("size_style", cost, 1))
    return str(models)


async def ask(sim: SimulatedGuild, person: Any, **more: Any) -> Any:
    return await person.slash(sim.channel, "imagine", prompt="a fox", size="1K", **more)


async def test_budgets_are_told_in_pictures_and_percent_and_the_total_as_the_operators(
    tmp_path: Path,
) -> None:
    async with open_simulation(
        tmp_path,
        MODELS_FILE=priced(tmp_path),
        MEMBER_DAILY_COST="0.10",
        SERVER_DAILY_COST="0.11",
        TOTAL_DAILY_COST="0.11",
    ) as sim:
        refused = await ask(sim, sim.alice, count=3)
        told = text_of(refused.followups[-1].message)
        assert "Your budget for today allows 2 more such pictures; you asked for 3." in told
        await sim.press(sim.alice, "Draw 2", refused.followups[-1].message)
        assert len(sim.relay_requests) == 2
        shown = text_of((await sim.alice.slash(sim.channel, "usage")).response.message)
        assert "Your budget for today: 80% used." in shown
        assert "This server's budget for today: 72% used." in shown and "0.1" not in shown
        elsewhere = await sim.bob.user.slash("imagine", prompt="a fox", size="1K")
        told = text_of(elsewhere.followups[-1].message)
        assert "The bot's budget for today is used up." in told and "operator has been notified" in told
        assert len(sim.relay_requests) == 2


async def test_a_server_that_the_bot_is_not_for_is_refused_in_words(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, ALLOWED_SERVERS=OTHER_SERVER) as sim:
        refused = await ask(sim, sim.alice)
        assert "isn't available in this server" in text_of(refused.response.message)
        await sim.alice.user.slash("imagine", prompt="between us", size="1K")
        assert len(sim.relay_requests) == 1

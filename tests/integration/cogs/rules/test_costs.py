"""A model's weight counts on quotas, and its costs are shown to those who manage the server."""

from __future__ import annotations

from pathlib import Path

from bot.config.catalogue import shipped_text
from tests.support.in_process.guild import open_simulation
from tests.support.in_process.message_parts import text_of
from tests.support.in_process.settings_manager import SettingsManager


async def test_pictures_count_by_weight_and_their_costs_are_shown_to_managers(tmp_path: Path) -> None:
    models = tmp_path / "models.toml"
    priced = 'cost = 0.04\ncurrency = "USD"\nweight = 2\nsize_style'
    models.write_text(shipped_text().replace("weight = 1\n", "").replace("size_style", priced, 1))
    async with open_simulation(tmp_path, MODELS_FILE=str(models), MEMBER_DAILY="5") as sim:
        await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K", count=2)
        refused = await sim.alice.slash(sim.channel, "imagine", prompt="an owl", size="1K")
        told = text_of(refused.followups[-1].message)
        assert "You asked for 2; 1 of today's 5" in told
        assert "Each picture of this model counts as 2 pictures." in told
        mine = text_of((await sim.alice.slash(sim.channel, "usage")).response.message)
        assert "Used today in all servers and DMs: 4 of 5" in mine and "USD" not in mine
        assert "Seedream 4.5: each picture counts as 2." in mine
        theirs = text_of((await SettingsManager(sim).user.slash(sim.channel, "usage")).response.message)
        assert "Pictures in this server cost 0.08 USD in the last 30 days." in theirs

"""The job button that posts an earlier result again."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.errors import RuleBroken
from bot.domain.models import Draft, Job, Requester
from bot.gateway.client import ImageBot
from bot.services.deadline import Deadline
from bot.services.member_limits import MemberLimiter
from bot.services.moderation import ModerationService
from bot.services.requests import RequestService
from bot.ui.components import Interaction
from bot.ui.delivery.results.result_posts import ResultPosts
from bot.ui.errors import mark_public
from bot.ui.intake.references.resolver import References
from bot.ui.intake.requesters import requester_of


class PostingCog:
    """Posts a member's own results in other channels."""

    def __init__(
        self,
        requests: RequestService,
        moderation_service: ModerationService,
        references: References,
        posts: ResultPosts,
        files_limit: MemberLimiter,
    ) -> None:
        self._requests = requests
        self._moderation_service = moderation_service
        self._references = references
        self._posts = posts
        self._soon = Deadline(1.0)
        self._files_limit = files_limit

    async def post(self, interaction: Interaction, job: Job) -> None:
        """Post one's own result in the channel of the interaction."""
        if job.requester.user_id != interaction.user.id:
            raise RuleBroken("not-yours")
        requester = requester_of(interaction)
        hidden = await self._soon.wait(self._check(job.draft, requester))
        if not requester.age_restricted and self._references.is_age_restricted(job):
            hidden = True
        await interaction.response.defer(thinking=True)
        mark_public(interaction)
        draft = replace(job.draft, spoiler=job.draft.spoiler or hidden)
        async with self._files_limit.permit(interaction.user.id):
            shown = await self._references.pictures_of(job)
            await self._posts.repost(interaction, replace(job, draft=draft), shown)

    async def _check(self, draft: Draft, requester: Requester) -> bool:
        """Raise ``RuleBroken`` where a result may not be posted; return whether it is a spoiler there."""
        await self._moderation_service.check(requester.guild_id, requester.user_id)
        return await self._requests.check_repost(draft, requester)


async def setup(bot: ImageBot) -> None:
    """Register the button."""
    cog = PostingCog(
        bot.services.requests,
        bot.services.moderation,
        bot.intake.references,
        bot.results.posts,
        bot.limits.files,
    )
    bot.job_actions.register({"post": cog.post})

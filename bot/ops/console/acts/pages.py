"""The pages on which acts are confirmed: reading one changes nothing, sending its form does."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from aiohttp import web

from bot.domain.controls.acts import Target
from bot.ops.console.acts.forms import ActForm, ActRefused, ConsoleAct
from bot.ops.console.guard import SESSION
from bot.ops.console.pages.page import PageRenderer, number, operator_of

_BACK = {"request": "/jobs", "member": "/members", "server": "/servers"}
_BACK_FROM_EVERYTHING = {"log-level": "/settings"}


class ActPages:
    """Shows the form of each act, and does what is sent."""

    def __init__(self, acts: Collection[ConsoleAct], renderer: PageRenderer) -> None:
        self._acts: Mapping[str, ConsoleAct] = {act.name: act for act in acts}
        self._renderer = renderer

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of the acts."""
        return [web.get("/acts/{act}", self.show), web.post("/acts/{act}", self.perform)]

    async def show(self, request: web.Request) -> web.Response:
        """Show what an act does and asks."""
        act = self._act(request)
        target = _target(act, request.query)
        return self._form(request, act, target, await act.form(target))

    async def perform(self, request: web.Request) -> web.Response:
        """Do what a form asks for, and return to the page of what it concerns."""
        act = self._act(request)
        sent = {name: str(value).strip() for name, value in (await request.post()).items()}
        target = _target(act, sent)
        form = await act.form(target)
        values = {field.name: sent.get(field.name, "") for field in form.fields}
        try:
            for field in form.fields:
                if len(values[field.name]) > field.limit:
                    raise ActRefused(f"{field.label}: at most {field.limit} characters.")
            done = await act.perform(target, values, operator_of(request))
        except ActRefused as refusal:
            return self._form(request, act, target, form, values, str(refusal), status=409)
        request[SESSION].notices.append(done)
        raise web.HTTPSeeOther(_back(act, target))

    def _act(self, request: web.Request) -> ConsoleAct:
        act = self._acts.get(request.match_info["act"])
        if act is None:
            raise web.HTTPNotFound
        return act

    def _form(
        self,
        request: web.Request,
        act: ConsoleAct,
        target: Target | None,
        form: ActForm,
        values: Mapping[str, str] | None = None,
        problem: str = "",
        *,
        status: int = 200,
    ) -> web.Response:
        shown: dict[str, Any] = {field.name: field.value for field in form.fields} | dict(values or {})
        return self._renderer.page(
            request,
            "act.html",
            status=status,
            form=form,
            target=target,
            values=shown,
            problem=problem,
            back=_back(act, target),
        )


def _target(act: ConsoleAct, values: Mapping[str, Any]) -> Target | None:
    """Return what an act is to be done to."""
    if not act.kinds:
        return None
    for kind in act.kinds:
        target_id = number(str(values.get(kind, "")))
        if target_id:
            return Target(kind=kind, id=target_id)
    raise web.HTTPNotFound


def _back(act: ConsoleAct, target: Target | None) -> str:
    if target is None:
        return _BACK_FROM_EVERYTHING.get(act.name, "/")
    return f"{_BACK[target.kind]}/{target.id}"

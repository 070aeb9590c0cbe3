"""A selection stays within every limit, and nobody overtakes within a service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.claim_selection import Allowance, Candidate, Choice, Comparison, Selection
from bot.domain.image_models.comparisons import slots_of

SERVICES, MODELS = ("a", "b"), {"a1": "a", "a2": "a", "b1": "b"}
LIMITS = st.one_of(st.none(), st.integers(0, 9))
ALLOWANCES = st.builds(
    Allowance, slots=st.integers(-1, 6), most=st.integers(1, 6), calls=LIMITS, jobs=LIMITS, down=st.booleans()
)
PLAIN = st.tuples(st.sampled_from(sorted(MODELS)), st.integers(1, 4))
COMPARED = st.lists(st.sampled_from(sorted(MODELS)), min_size=2, max_size=3, unique=True).map(tuple[str, ...])
Job = tuple[str, int] | tuple[str, ...]
"""A model and its pictures, or the models of a comparison."""


def candidates(*jobs: Job) -> list[Candidate | Comparison]:
    return [_candidate(number, *map(str, job)) for number, job in enumerate(jobs)]


def _candidate(number: int, model: str, *more: str) -> Candidate | Comparison:
    if more[0].isdecimal():
        return Candidate(id=number, service=MODELS[model], model=model, pictures=int(more[0]))
    return Comparison(id=number, models={each: MODELS[each] for each in (model, *more)})


def share(each: Candidate | Comparison, choice: Choice, service: str) -> tuple[int, int]:
    """Return the slots and calls that a chosen job takes of a service."""
    if isinstance(each, Candidate):
        return (choice.abreast, each.pictures) if each.service == service else (0, 0)
    theirs = [[model for model in slot if MODELS[model] == service] for slot in choice.slots]
    return sum(bool(slot) for slot in theirs), sum(map(len, theirs))


@given(
    st.lists(PLAIN | COMPARED, max_size=20),
    st.fixed_dictionaries(dict.fromkeys(SERVICES, ALLOWANCES)),
    st.fixed_dictionaries({"a2": ALLOWANCES}),
    st.integers(0, 9),
    st.integers(1, 9),
)
def test_a_selection_keeps_all_limits_and_the_order_within_a_service(
    jobs: list[Job],
    services: dict[str, Allowance],
    models: dict[str, Allowance],
    free: int,
    most: int,
) -> None:
    selection = Selection(free=free, most=most, services=services, models=models)
    before = {name: (each.slots, each.calls) for name, each in services.items()}
    offered = candidates(*jobs)
    chosen = selection.choose(offered)
    assert sum(choice.abreast for choice in chosen.values()) <= free
    for name, (slots, calls) in before.items():
        shares = [share(each, chosen[each.id], name) for each in offered if each.id in chosen]
        assert sum(slot for slot, _ in shares) <= max(0, slots)
        assert calls is None or sum(call for _, call in shares) <= max(0, calls)
        # Without a limit of its own, a model's jobs begin in order: none is left out before a chosen one.
        begun = [
            each.id in chosen
            for each in offered
            if isinstance(each, Candidate) and each.service == name and each.model not in models
        ]
        assert begun == sorted(begun, reverse=True)


@given(st.dictionaries(st.sampled_from("abcd"), st.sampled_from(SERVICES), min_size=1), st.integers(1, 5))
def test_each_compared_model_has_a_place_in_one_slot(models: dict[str, str], most: int) -> None:
    slots = slots_of(models, {"a": 1, "b": 2}, most)
    assert Counter(model for slot in slots for model in slot) == Counter(list(models))
    assert 1 <= len(slots) <= most and all(slots)
    assert most < 3 or sum(any(models[model] == "a" for model in slot) for slot in slots) <= 1


def test_a_model_that_is_full_does_not_stop_its_service() -> None:
    service, model = Allowance(slots=9, most=9), Allowance(slots=1, most=4)
    selection = Selection(free=9, most=9, services={"a": service}, models={"a2": model})
    chosen = selection.choose(candidates(("a2", 1), ("a2", 1), ("a1", 2)))
    assert chosen == {0: Choice(abreast=1), 2: Choice(abreast=2)}
    assert selection.stopped == (frozenset(), frozenset({"a2"}))


def chosen_of(*jobs: Job, a: Allowance, b: Allowance) -> Collection[int]:
    return Selection(free=9, most=9, services={"a": a, "b": b}, models={}).choose(candidates(*jobs)).keys()


def test_a_comparison_keeps_its_slots_in_other_services_while_it_waits_for_one() -> None:
    full, free = Allowance(slots=0, most=2), Allowance(slots=2, most=2)
    # The second comparison waits behind the first, and keeps nothing.
    assert chosen_of(("a1", "b1"), ("a1", "b1"), ("b1", 1), ("b1", 1), a=full, b=free) == {2}


def test_a_comparison_keeps_nothing_while_one_of_its_services_pauses() -> None:
    paused, free = Allowance(slots=2, most=2, jobs=0), Allowance(slots=1, most=2)
    assert chosen_of(("a1", "b1"), ("b1", 1), a=paused, b=free) == {1}


def test_a_comparison_does_not_wait_for_a_service_that_is_down() -> None:
    down, free = Allowance(slots=1, most=2, jobs=0, down=True), Allowance(slots=1, most=2)
    selection = Selection(free=9, most=9, services={"a": down, "b": free}, models={})
    chosen = selection.choose(candidates(("a1", "a2", "b1"), ("a1", "a2")))
    assert chosen == {0: Choice(abreast=1, slots=(("b1",),))}


def test_a_comparison_can_be_the_probe_of_a_service_that_is_down() -> None:
    due, free = Allowance(slots=1, most=1, jobs=1, down=True), Allowance(slots=3, most=2)
    assert chosen_of(("a1", "b1"), ("a1", "b1"), a=due, b=free) == {0, 1}
    assert (due.jobs, due.slots, free.slots) == (0, 0, 1)

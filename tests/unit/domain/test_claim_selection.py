"""A selection stays within every limit, and nobody overtakes within a service."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.claim_selection import Allowance, Candidate, Selection

SERVICES, MODELS = ("a", "b"), {"a1": "a", "a2": "a", "b1": "b"}
LIMITS = st.one_of(st.none(), st.integers(0, 9))
ALLOWANCES = st.builds(Allowance, slots=st.integers(-1, 6), most=st.integers(1, 6), calls=LIMITS, jobs=LIMITS)
CANDIDATES = st.lists(st.tuples(st.sampled_from(sorted(MODELS)), st.integers(1, 4)), max_size=20)


@given(
    CANDIDATES,
    st.fixed_dictionaries(dict.fromkeys(SERVICES, ALLOWANCES)),
    st.fixed_dictionaries({"a2": ALLOWANCES}),
    st.integers(0, 9),
)
def test_a_selection_keeps_all_limits_and_the_order_within_a_service(
    jobs: list[tuple[str, int]],
    services: dict[str, Allowance],
    models: dict[str, Allowance],
    free: int,
) -> None:
    candidates = [
        Candidate(id=number, service=MODELS[model], model=model, pictures=pictures)
        for number, (model, pictures) in enumerate(jobs)
    ]
    selection = Selection(free=free, services=services, models=models)
    before = {name: each.slots for name, each in services.items()}
    chosen = selection.choose(candidates)
    assert sum(chosen.values()) <= free
    for name, allowance in services.items():
        theirs = [each for each in candidates if each.service == name]
        used = sum(chosen.get(each.id, 0) for each in theirs)
        assert used <= max(0, before[name]) and allowance.slots == before[name] - used
        assert allowance.calls is None or allowance.calls >= 0 or not used
        # Without a limit of its own, a model's jobs begin in order: none is left out before a chosen one.
        begun = [each.id in chosen for each in theirs if each.model not in models]
        assert begun == sorted(begun, reverse=True)


def test_a_model_that_is_full_does_not_stop_its_service() -> None:
    service, model = Allowance(slots=9, most=9), Allowance(slots=1, most=4)
    selection = Selection(free=9, services={"a": service}, models={"a2": model})
    order = [("a2", 1), ("a2", 1), ("a1", 2)]
    candidates = [
        Candidate(id=number, service="a", model=name, pictures=pictures)
        for number, (name, pictures) in enumerate(order)
    ]
    assert selection.choose(candidates) == {0: 1, 2: 2}
    assert selection.stopped == (frozenset(), frozenset({"a2"}))

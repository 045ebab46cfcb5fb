"""Which step of an application may follow which."""

import pytest

from domain.lifecycle import APPLICATION_STEPS, ApplicationState

State = ApplicationState
ALLOWED = {
    (None, State.REVIEWING),
    (None, State.REFUSED),
    (None, State.AWAITING_APPROVAL),
    (State.AWAITING_APPROVAL, State.REVIEWING),
    (State.AWAITING_APPROVAL, State.DECLINED),
    (State.AWAITING_APPROVAL, State.CANCELLED),
    (State.AWAITING_APPROVAL, State.LAPSED),
    (State.REVIEWING, State.AWAITING_MATERIAL),
    (State.REVIEWING, State.ISSUING),
    (State.REVIEWING, State.REJECTED),
    (State.REVIEWING, State.CANCELLED),
    (State.REVIEWING, State.LAPSED),
    (State.AWAITING_MATERIAL, State.REVIEWING),
    (State.AWAITING_MATERIAL, State.CANCELLED),
    (State.AWAITING_MATERIAL, State.LAPSED),
    (State.ISSUING, State.ISSUED),
    (State.ISSUING, State.PARTLY_ISSUED),
    (State.ISSUING, State.NOT_ISSUED),
}


@pytest.mark.parametrize("source", [None, *State], ids=str)
@pytest.mark.parametrize("target", State, ids=str)
def test_only_these_steps_are_allowed(source: State | None, target: State) -> None:
    assert (target in APPLICATION_STEPS.get(source, frozenset())) is ((source, target) in ALLOWED)


@pytest.mark.parametrize("state", State, ids=str)
def test_a_final_state_is_one_that_nothing_follows(state: State) -> None:
    assert state.is_final is not bool(APPLICATION_STEPS.get(state))


def test_every_state_can_be_reached() -> None:
    reached: set[State | None] = {None}
    for _ in State:
        reached |= {target for source in reached for target in APPLICATION_STEPS.get(source, frozenset())}
    assert reached - {None} == set(State)

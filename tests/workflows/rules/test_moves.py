from itertools import product

import pytest

from workflows.rules.moves import (
    ACT_WORDS,
    ITEM_MOVES,
    STATE_WORDS,
    SUPERVISED_MOVES,
    TASK_MOVES,
    ExtensionAct,
    ExtensionState,
    ForceAct,
    ForceState,
    ItemAct,
    ItemState,
    NotAllowedNow,
    allowed_acts,
    next_extension_state,
    next_force_state,
    next_state,
    report_act,
)


def walk(*acts: ItemAct) -> list[ItemState]:
    state, seen = ItemState.REGISTERED, []
    for act in acts:
        state = next_state(state, act)
        seen.append(state)
    return seen


def test_the_straight_way():
    assert walk(ItemAct.DISPATCH, ItemAct.SIGN_FOR, report_act(60), report_act(100), ItemAct.CLOSE) == [
        "dispatched",
        "signed_for",
        "in_progress",
        "reported",
        "closed",
    ]


def test_the_side_ways():
    assert walk(ItemAct.DISPATCH, ItemAct.SEND_BACK, ItemAct.DISPATCH)[-1] == ItemState.DISPATCHED
    done = (ItemAct.DISPATCH, ItemAct.SIGN_FOR, report_act(100))
    assert walk(*done, ItemAct.REJECT, report_act(100))[-2:] == ["in_progress", "reported"]
    assert walk(*done[:2], ItemAct.SUSPEND, ItemAct.RESUME)[-2:] == ["suspended", "in_progress"]


@pytest.mark.parametrize(
    ("state", "act", "sentence"),
    [
        (
            "closed",
            "report_done",
            "事项已办结，不能再反馈进展；如有新情况，请在专班群说明，由专班牵头人另立事项。",
        ),
        ("dispatched", "report", "请先签收，再反馈进展。"),
        ("in_progress", "sign_for", "事项已经签收，可直接反馈进展。"),
        ("in_progress", "close", "承办单位尚未报完成，请等其反馈100%后再办结。"),
        ("suspended", "report", "当前为“已暂停”，不能反馈进展；现在可以：恢复、取消。"),
        ("cancelled", "dispatch", "当前为“已取消”，不能交办，也没有其他可办的操作。"),
    ],
)
def test_a_refusal_says_what_to_do(state, act, sentence):
    with pytest.raises(NotAllowedNow) as refused:
        next_state(ItemState(state), ItemAct(act))
    assert refused.value.sentence == sentence


def test_every_pair_is_a_move_or_a_refusal_that_names_the_moves():
    for state, act in product(ItemState, ItemAct):
        if (state, act) in ITEM_MOVES:
            assert next_state(state, act) == ITEM_MOVES[state, act]
            continue
        with pytest.raises(NotAllowedNow) as refused:
            next_state(state, act)
        assert refused.value.allowed == allowed_acts(state)
        assert refused.value.sentence.endswith("。")


def test_words_for_every_state_and_act():
    assert {*ItemState, *ExtensionState, *ForceState} - {"returned"} <= set(STATE_WORDS)
    assert {*ItemAct, *ExtensionAct, *ForceAct} <= set(ACT_WORDS)


def test_only_cancelled_and_archived_are_final():
    tasks = {at for at, _ in TASK_MOVES} | {*TASK_MOVES.values()}
    assert {state for state in tasks if not allowed_acts(state)} == {"cancelled"}
    supervised = {at for at, _ in SUPERVISED_MOVES} | {*SUPERVISED_MOVES.values()}
    ended = {state for state in supervised if not allowed_acts(state, supervised=True)}
    assert ended == {"cancelled", "archived"}
    assert tasks | supervised == set(ItemState)


def test_a_supervised_item_is_checked_before_it_is_closed():
    with pytest.raises(NotAllowedNow) as refused:
        next_state(ItemState.REPORTED, ItemAct.CLOSE, supervised=True)
    assert "先核查通过" in refused.value.sentence
    path = ItemState.REPORTED
    for act in (ItemAct.CHECK, ItemAct.CLOSE, ItemAct.STRIKE_OFF, ItemAct.ARCHIVE):
        path = next_state(path, act, supervised=True)
    assert path == ItemState.ARCHIVED


def test_an_extension_is_decided_once():
    assert next_extension_state(ExtensionState.ASKED, ExtensionAct.AGREE) == ExtensionState.AGREED
    with pytest.raises(NotAllowedNow, match="not allowed"):
        next_extension_state(ExtensionState.AGREED, ExtensionAct.RETURN)


def test_a_task_force_lives_once():
    state = ForceState.PROPOSED
    for act in ForceAct:
        state = next_force_state(state, act)
    assert state == ForceState.DISSOLVED
    with pytest.raises(NotAllowedNow) as refused:
        next_force_state(ForceState.RUNNING, ForceAct.DISSOLVE)
    assert refused.value.sentence == "当前为“运行中”，不能撤销；现在可以：收尾。"

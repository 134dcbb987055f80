"""Texts of several clients in one run, and what happens when too many wait."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from api.batching import TextBatcher
from api.problems import Problem
from api.work import Budget, Desk
from emotion_core.errors import InvalidInput
from emotion_core.labels import EKMAN7
from emotion_core.testing import KeywordClassifier, keyword_model
from emotion_core.text.model import TextReading
from emotion_core.text.pipeline import TextModel


class Gate(KeywordClassifier):
    """Reads when it is let go, and notes how many texts each run had."""

    def __init__(self) -> None:
        super().__init__()
        self.go, self.began, self.runs = threading.Event(), threading.Event(), []

    def read(self, texts: Sequence[str]) -> list[TextReading]:
        self.began.set()
        self.go.wait(10)
        self.runs.append(len(texts))
        return super().read(texts)


def gated() -> tuple[TextModel, Gate]:
    model, gate = keyword_model(), Gate()
    model.classifier = gate
    return model, gate


async def began(gate: Gate) -> None:
    await asyncio.to_thread(gate.began.wait, 10)


def test_each_client_gets_its_own_answer():
    model = keyword_model()

    async def run() -> list[str]:
        desk = Desk(2, 500)
        batcher = TextBatcher(desk, 8, 2)
        texts = [EKMAN7[i % 7] for i in range(200)]
        found = await asyncio.gather(*(batcher.answer(model, text) for text in texts))
        assert [f.label for f in found] == texts
        await asyncio.sleep(0.05)
        assert desk.inside == 0
        desk.close()
        return texts

    assert len(asyncio.run(run())) == 200


def test_those_who_wait_are_answered_together():
    model, gate = gated()

    async def run() -> None:
        desk = Desk(1, 100)
        batcher = TextBatcher(desk, 4, 1)
        first = asyncio.ensure_future(batcher.answer(model, "joy"))
        await began(gate)
        others = [asyncio.ensure_future(batcher.answer(model, "fear")) for _ in range(6)]
        await asyncio.sleep(0.05)
        gate.go.set()
        await asyncio.gather(first, *others)
        desk.close()

    asyncio.run(run())
    assert gate.runs == [1, 4, 2]


def test_a_text_that_cannot_be_answered_fails_alone():
    model, gate = gated()

    async def run() -> Sequence[object]:
        desk = Desk(1, 100)
        batcher = TextBatcher(desk, 8, 1)
        first = asyncio.ensure_future(batcher.answer(model, "joy"))
        await began(gate)
        others = [batcher.answer(model, t) for t in ("anger", "  ", "joy")]
        waiting = asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0.05)
        gate.go.set()
        await first
        found = await waiting
        desk.close()
        return found

    anger, failed, joy = asyncio.run(run())
    assert isinstance(failed, InvalidInput)
    assert (anger.label, joy.label) == ("anger", "joy")  # type: ignore[attr-defined]


def test_a_client_that_goes_away_takes_no_place():
    model, gate = gated()

    async def run() -> None:
        desk = Desk(1, 100)
        batcher = TextBatcher(desk, 8, 1)
        first = asyncio.ensure_future(batcher.answer(model, "joy"))
        await began(gate)
        gone = asyncio.ensure_future(batcher.answer(model, "fear"))
        await asyncio.sleep(0.05)
        gone.cancel()
        await asyncio.sleep(0.05)
        gate.go.set()
        assert (await first).label == "joy"
        assert (await batcher.answer(model, "fear")).label == "fear"
        await asyncio.sleep(0.05)
        assert desk.inside == 0
        desk.close()

    asyncio.run(run())
    assert gate.runs == [1, 1]


@pytest.mark.parametrize("batched", [True, False])
def test_too_many_are_turned_away_and_the_rest_answered(batched: bool):
    model, gate = gated()

    async def run() -> Sequence[object]:
        desk = Desk(1, 2)
        batcher = TextBatcher(desk, 8, 1)

        async def ask() -> object:
            if batched:
                return await batcher.answer(model, "joy")
            return await desk.do(lambda: model.predict("joy"))

        first = asyncio.ensure_future(ask())
        await began(gate)
        waiting = asyncio.gather(*(ask() for _ in range(9)), return_exceptions=True)
        await asyncio.sleep(0.05)
        assert desk.is_full
        gate.go.set()
        found = [await first, *await waiting]
        await asyncio.sleep(0.05)
        assert not desk.is_full
        desk.close()
        return found

    found = asyncio.run(run())
    refused = [f for f in found if isinstance(f, Problem)]
    assert (len(found), len(refused)) == (10, 7)
    assert {(p.status, p.headers["Retry-After"]) for p in refused} == {(503, "5")}


def test_a_budget_is_given_back_once():
    budget = Budget(10)
    with budget.hold(6):
        with pytest.raises(Problem, match="overloaded"):
            budget.hold(5)
        with budget.hold(4) as kept:
            release = kept.keep()
        assert budget.held == 10
        release()
        release()
        assert budget.held == 6
    assert budget.held == 0


def test_a_part_that_is_kept_is_given_back_where_the_request_fails():
    budget = Budget(10)

    def fail() -> None:
        with budget.hold(3) as kept:
            kept.keep()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert budget.held == 0

"""How long recordings stay in memory, and how many."""

from typing import cast

import pytest

from emotion_core.errors import InvalidInput
from ui.recording_open import OpenRecording
from ui.recording_store import KEPT_S, WATCHED_S, RecordingStore
from ui.uploads import Upload


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Fake:
    """As much of a recording as the store needs."""

    def __init__(self, size: int = 1) -> None:
        self.upload = Upload("id", "name.mp4", b"x" * size)
        self.running = self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True
        self.running = False


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> RecordingStore:
    return RecordingStore(at_most=2, bytes_at_most=100, now=clock)


def add(store: RecordingStore, fake: Fake) -> str:
    return store.add(cast(OpenRecording, fake))


def test_a_recording_is_found_by_its_address_alone(store: RecordingStore):
    first, second = Fake(), Fake()
    a, b = add(store, first), add(store, second)
    assert a != b
    assert min(len(a), len(b)) >= 32
    assert store.get(a) is first
    assert store.get(b) is second
    assert store.get(a[:-1]) is None
    assert store.get("") is None


def test_what_nobody_looks_at_is_dropped_after_an_hour(store: RecordingStore, clock: Clock):
    looked_at, left = add(store, Fake()), add(store, Fake())
    clock.now_s += KEPT_S - 1
    assert store.get(looked_at) is not None
    clock.now_s += 2
    assert store.get(left) is None
    assert store.get(looked_at) is not None
    assert len(store) == 1


def test_work_goes_on_without_a_look_and_is_kept_an_hour_after_its_end(
    store: RecordingStore, clock: Clock
):
    fake = Fake()
    fake.running = True
    address = add(store, fake)
    for _ in range(3):
        clock.now_s += KEPT_S
        store.sweep()
    fake.running = False
    clock.now_s += KEPT_S - WATCHED_S - 1
    store.sweep()
    assert len(store) == 1
    assert not fake.cancelled
    clock.now_s += WATCHED_S + 2
    assert store.get(address) is None


def test_the_one_that_was_left_longest_makes_room(store: RecordingStore, clock: Clock):
    oldest, newer = Fake(), Fake()
    oldest.running = True
    a, b = add(store, oldest), add(store, newer)
    clock.now_s += WATCHED_S + 1
    store.get(b)
    c = add(store, Fake())
    assert store.get(a) is None
    assert oldest.cancelled
    assert store.get(b) is newer
    assert store.get(c) is not None


def test_what_is_looked_at_is_not_dropped_for_another(store: RecordingStore):
    addresses = [add(store, Fake()), add(store, Fake())]
    with pytest.raises(InvalidInput, match="2 recordings are open at this moment"):
        add(store, Fake())
    assert all(store.get(address) for address in addresses)
    store.forget(addresses[0])
    add(store, Fake())


def test_large_files_make_room_too(store: RecordingStore, clock: Clock):
    add(store, Fake(60))
    clock.now_s += WATCHED_S + 1
    add(store, Fake(60))
    assert len(store) == 1


def test_forgetting_stops_the_work(store: RecordingStore):
    fake = Fake()
    address = add(store, fake)
    store.forget(address)
    assert fake.cancelled
    assert store.get(address) is None
    store.forget(address)

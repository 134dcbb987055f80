"""Windows fused to one line, some at a time."""

from pathlib import Path

import numpy as np

from emotion_core.fusion.evidence import FUSED
from emotion_core.fusion.late import LateFuser
from emotion_core.fusion.pipeline import FusionModel, load_fusion_model
from emotion_core.labels import EKMAN7
from emotion_core.recording.analysis import NOBODY
from emotion_core.recording.fused import TOGETHER, embeddings_read, fused_line
from emotion_core.recording.windows import Window
from emotion_core.testing import made_up_moments
from emotion_core.types import ModelSpec

SPEC = ModelSpec("late", "fusion", EKMAN7, {}, Path(), {})
MODEL = FusionModel(SPEC, LateFuser("log-opinion", np.ones(len(FUSED))))


def windows(count: int) -> list[Window]:
    moments = made_up_moments(MODEL, count)
    return [Window((k, k + 3.0), moment, 1 + k % 2) for k, moment in enumerate(moments)]


def test_more_windows_than_are_fused_at_once():
    given, told = windows(TOGETHER + 3), []
    line = fused_line(MODEL, given, 300.0, lambda *stage: told.append(stage))
    alone = [MODEL.fuse([window.moment])[0] for window in given]
    np.testing.assert_allclose(
        line.timeline.probabilities, [a.scores.probabilities for a in alone], atol=1e-12
    )
    np.testing.assert_array_equal(line.timeline.spans_s, [w.span_s for w in given])
    assert line.person.tolist() == [w.person for w in given]
    assert line.uncertain.tolist() == [a.scores.uncertain for a in alone]
    assert line.disagreements == {
        i: a.disagreement for i, a in enumerate(alone) if a.disagreement is not None
    }
    assert told == [
        ("fusion", given[TOGETHER - 1].span_s[1], 300.0),
        ("fusion", given[-1].span_s[1], 300.0),
    ]


def test_a_modality_that_is_absent_has_no_share_and_no_surprise():
    (given,) = windows(1)
    moment = {"audio": given.moment["audio"]}
    line = fused_line(MODEL, [given._replace(moment=moment, person=NOBODY)], 3.0)
    assert line.contributions.tolist() == [[0, 1, 0]]
    assert np.isnan(line.surprise).all()


def test_nothing_to_fuse():
    line = fused_line(MODEL, [], 3.0)
    assert len(line.timeline) == 0
    assert line.timeline.labels == EKMAN7


def test_which_embeddings_a_fusion_reads():
    assert embeddings_read(MODEL) == set()
    trained = load_fusion_model("fusion-translation")
    assert trained.fuser.encoders is not None
    assert embeddings_read(trained) == {m for m, e in trained.fuser.encoders.items() if e.width}
    assert "face" in embeddings_read(trained)

"""The report stands alone, escapes everything, and can be read without colour or script."""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from emotion_core.labels import ANGER, EKMAN7, GOEMOTIONS28, IEMOCAP4
from emotion_core.recording.analysis import FusedLine, RecordingAnalysis, Stage
from emotion_core.recording.report.page import PEOPLE_AT_MOST, html_report
from emotion_core.recording.report.runs import STEPS_AT_MOST, coarser, runs
from emotion_core.types import EmotionTimeline, ModelSpec
from tests.recording.examples import NAME, SCRIPT, answers, recording

VOID = {"meta", "img"}
PORTRAITS = {recording().conflicts[0].start_s: np.full((96, 96, 3), 90, np.uint8)}
"""the face at the first disagreement"""
ATTACK = "\"><script>alert(1)</script><img src=x onerror=alert(2)> & 'co"


@dataclass
class Node:
    """An element, with its attributes, its children and all of its text."""

    name: str
    attributes: dict[str, str | None]
    children: list["Node | str"] = field(default_factory=list)

    def all(self, name: str, **wanted: str) -> list["Node"]:
        """The elements of that name, below this one, with a class or other attributes."""
        return [
            node
            for node in self.nodes()
            if node.name == name
            and all(
                value in (node.attributes.get(key.rstrip("_").replace("_", "-")) or "").split(" ")
                for key, value in wanted.items()
            )
        ]

    def nodes(self) -> Iterator["Node"]:
        for child in self.children:
            if isinstance(child, Node):
                yield child
                yield from child.nodes()

    @property
    def text(self) -> str:
        return "".join(c if isinstance(c, str) else c.text for c in self.children)


class Tree(HTMLParser):
    """Parses strictly: what is opened must be closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = Node("", {})
        self.open = [self.root]
        self.feed(text)
        self.close()
        assert self.open == [self.root], "elements were left open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append([n for n in self.open[-1].children if isinstance(n, Node)][-1])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().name == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parsed(analysis: RecordingAnalysis, pictures: bool = True) -> Node:
    return Tree(html_report(analysis, pictures=pictures)).root


@pytest.fixture(scope="module")
def report() -> Node:
    return parsed(recording(notices=("the sound is quiet",)))


def section(report: Node, name: str) -> Node:
    (found,) = report.all("section", id=name)
    return found


def test_it_stands_alone(report: Node):
    for node in report.nodes():
        for name in ("src", "href", "srcset", "action", "data", "poster", "xlink:href"):
            address = node.attributes.get(name)
            assert address is None or address.startswith(("#", "data:image/jpeg;base64,"))
    assert not report.all("link") + report.all("iframe")
    (style,) = report.all("style")
    assert set(re.findall(r"url\((.)", style.text)) == {"#"}
    assert "@import" not in style.text


def test_only_the_script_of_the_page_may_run(report: Node):
    (script,) = report.all("script")
    (policy,) = [n for n in report.all("meta") if n.attributes.get("http-equiv")]
    digest = base64.b64encode(hashlib.sha256(script.text.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in (policy.attributes["content"] or "")
    assert "default-src 'none'" in (policy.attributes["content"] or "")
    for word in ("fetch(", "XMLHttpRequest", "innerHTML", "eval(", "import("):
        assert word not in script.text
    assert not [name for n in report.nodes() for name in n.attributes if name.startswith("on")]


def test_what_it_tells(report: Node):
    assert report.all("h1")[0].text == NAME
    assert NAME in report.all("title")[0].text
    assert "0:40 long, 7 lines of words (SRT), with sound, 2 people seen" in report.text
    (caution,) = report.all("p", class_="caution")
    assert "no diagnosis" in caution.text
    assert [h.text for h in report.all("h2")] == [
        "Along time", "Strongest moments", "Where they disagree", "How much of each",
        "What each contributed", "Transcript", "How it was read",
    ]  # fmt: skip
    assert "the sound is quiet" in section(report, "notices").text


def test_headings_go_down_one_step_at_a_time(report: Node):
    levels = [int(n.name[1]) for n in report.nodes() if re.fullmatch(r"h[1-6]", n.name)]
    assert levels[0] == 1
    assert max(np.diff(levels)) <= 1
    for part in report.all("section"):
        (heading,) = part.all("h2")
        assert part.attributes["aria-labelledby"] == heading.attributes["id"]


def test_lanes(report: Node):
    lanes = [n for n in section(report, "time").all("svg") if n.attributes.get("data-name")]
    assert [n.attributes["data-name"] for n in lanes] == [
        "Sound", "Words", "Voice", "Person 1", "Person 2", "Together", "Shares", "Disagree",
    ]  # fmt: skip
    assert all(n.attributes["role"] == "img" and n.attributes["aria-label"] for n in lanes)
    words, together = lanes[1], lanes[5]
    assert len(words.all("rect", class_="e")) == len(SCRIPT)
    assert "anger 5.0\xa0s" in (together.attributes["aria-label"] or "")
    for box in [n for lane in lanes for n in lane.all("rect", class_="e")]:
        start, width = (float((box.attributes[k] or "")[:-1]) for k in ("x", "width"))
        assert 0 <= start <= start + width <= 100.001
        assert re.match(r"\d+:\d\d to \d+:\d\d: .", box.all("title")[0].text)
    (flag,) = [n for n in lanes[7].all("title") if "anger" in n.text and "voice" in n.text]
    assert flag.text == "0:15 to 0:20: the words say joy, the voice says anger"


def test_colour_never_stands_alone(report: Node):
    unsure = [n for n in report.all("rect", class_="u") if "e" in (n.attributes["class"] or "")]
    assert unsure
    assert all(n.all("title")[0].text.endswith("uncertain") for n in unsure)
    badges = report.all("span", class_="badge")
    assert badges
    assert all(any(label in n.text for label in EKMAN7) for n in badges)
    assert "hatched, with a question mark: uncertain" in report.text


def test_pictures_have_words_and_can_be_left_out(report: Node):
    images = report.all("img")
    assert images
    assert all("alt" in n.attributes and n.attributes["width"] for n in images)
    told = [n for n in images if n.attributes["alt"]]
    assert any(n.attributes["alt"] == "The face of Person 1 (Anna)" for n in told)
    assert not parsed(recording(), pictures=False).all("img")
    assert "data:image" not in html_report(recording(), pictures=False, portraits=PORTRAITS)


def test_a_disagreement_has_its_face_where_there_is_one():
    tree = Tree(html_report(recording(), portraits=PORTRAITS)).root
    (part,) = tree.all("ol", class_="conflicts")
    pictures = [item.all("img") for item in part.all("li")]
    assert [len(found) for found in pictures] == [1] + [0] * (len(pictures) - 1)
    person = recording().conflicts[0].person
    assert pictures[0][0].attributes["alt"] == f"The face of person {person} in this stretch"


def test_transcript(report: Node):
    cues = section(report, "transcript").all("li")
    assert len(cues) == len(SCRIPT)
    for cue, line in zip(cues, SCRIPT, strict=True):
        assert cue.all("p")[0].text == f"{line.speaker}: {line.text}"
    assert "joy" in cues[0].text
    assert "gratitude" in cues[0].text  # the text model's own word
    assert "gratitude" not in cues[1].text


def test_disagreements_in_sentences(report: Node):
    part = section(report, "disagree")
    (first, *_) = part.all("li")
    assert re.match(r"0:15 to 0:20The words say . joy, but the voice says . anger", first.text)
    assert "person 2, strength 81%" in first.text
    assert "Great. I loved every minute of it." in first.text
    assert "3 stretches disagree" in part.text


def test_shares_have_figures(report: Node):
    tables = section(report, "shares").all("table")
    assert len(tables) == 3
    heads = [n.text for n in section(report, "shares").all("h3")]
    assert heads == ["Everything together", "Person 1 (Anna)", "Person 2 (Ben)"]
    rows = [[cell.text for cell in row.children if isinstance(cell, Node)] for row in
            tables[0].all("tr")]  # fmt: skip
    assert rows[0][0].endswith("joy")
    assert rows[0][2:] == ["16\xa0s", "40%"]
    shares = [float(row[3][:-1]) for row in rows]
    assert sum(shares) == pytest.approx(100, abs=2)


def test_contributions_are_named(report: Node):
    rows = section(report, "contributions").all("tr")
    assert [row.all("th")[0].text for row in rows[1:]] == ["words", "voice", "face"]


def test_everything_is_escaped():
    analysis = recording(failures={"fusion": ATTACK}, notices=(ATTACK,))
    words = analysis.words
    assert words is not None
    cues = tuple(replace(c, text=ATTACK, speaker=ATTACK) for c in words.transcript.cues)
    transcript = replace(words.transcript, cues=cues, origin=ATTACK)
    hostile = replace(analysis, name=ATTACK, words=replace(words, transcript=transcript))
    spec = ModelSpec(
        ATTACK, "text", GOEMOTIONS28, {}, Path(), {}, protocol=ATTACK, licence=ATTACK,
        metrics={"accuracy": 0.5},
    )  # fmt: skip
    text = html_report(hostile, models={"text": spec})
    tree = Tree(text).root
    assert len(tree.all("script")) == 1
    assert not [n for n in tree.all("img") if n.attributes.get("src") == "x"]
    assert not [name for n in tree.nodes() for name in n.attributes if name.startswith("on")]
    assert tree.all("h1")[0].text == ATTACK
    assert tree.all("title")[0].text.startswith(ATTACK)
    assert section(tree, "transcript").all("p")[0].text == f"{ATTACK}: {ATTACK}"


def test_strange_labels_are_escaped():
    labels = ('<b>"x', "y&z")
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8]])
    timeline = EmotionTimeline(np.array([[0, 3], [3, 6]]), probabilities, labels)
    line = FusedLine(
        timeline, np.zeros(2, bool), np.tile([1.0, 0, 0], (2, 1)), np.full((2, 3), np.nan),
        np.zeros(2, int),
    )  # fmt: skip
    tree = parsed(RecordingAnalysis(NAME, 6, None, None, None, line))
    assert '<b>"x' in tree.text
    assert "y&z" in tree.text


def test_models_and_their_scores():
    spec = ModelSpec(
        "words-model", "text", GOEMOTIONS28, {}, Path(), {}, protocol="the test split, once",
        licence="MIT", metrics={"macro_f1": 0.5432, "loss": 3.0},
    )  # fmt: skip
    voice = replace(spec, id="voice-model", modality="audio")
    text = Tree(html_report(recording(voice=False), models={"text": spec, "audio": voice})).root
    part = section(text, "models")
    assert "Words: words-model" in part.text
    assert "macro F1 0.543" in part.text
    assert "the test split, once" in part.text
    assert "MIT" in part.text
    assert "loss" not in part.text
    assert "voice-model" not in part.text  # there was no voice to answer


@pytest.mark.parametrize("kept", ["words", "voice", "faces"])
def test_one_modality_alone(kept: str):
    words, voice, faces = kept == "words", kept == "voice", kept == "faces"
    tree = parsed(recording(words=words, voice=voice, faces=faces))
    assert "Only one of words, voice and face was there" in section(tree, "disagree").text
    names = [n.attributes.get("data-name") for n in tree.all("svg")]
    assert "Together" in names
    assert ("Words" in names) == words


def test_nothing_at_all():
    failures: dict[Stage, str] = {
        "voice": "the file has no sound", "faces": "the file has no video track",
    }  # fmt: skip
    nothing = RecordingAnalysis(NAME, 5, None, None, None, FusedLine.empty(EKMAN7), (), failures)
    tree = parsed(nothing)
    assert "Nothing was said, heard or seen that could be answered." in tree.text
    assert "Voice: the file has no sound" in tree.text
    stopped = html_report(replace(nothing, stopped=True))
    assert "stopped before its end" in stopped
    assert "stopped before its end" not in tree.text
    assert parsed(replace(nothing, duration_s=0)).all("h1")


def test_another_label_set():
    tree = Tree(html_report(recording(), labels=IEMOCAP4)).root
    badges = {n.text.split(" ")[1] for n in tree.all("span", class_="badge")}
    assert badges <= set(IEMOCAP4)


def test_those_seen_longest_are_shown():
    analysis = recording(words=False, voice=False)
    assert analysis.faces is not None
    one = analysis.faces.people[0]
    people = tuple(replace(one, track_id=i) for i in range(1, PEOPLE_AT_MOST + 4))
    crowd = replace(analysis, faces=replace(analysis.faces, people=people))
    part = section(parsed(crowd), "shares")
    assert len(part.all("article")) == 1 + PEOPLE_AT_MOST
    assert "3 more stand in timeline.csv" in part.text


def test_two_hours_stay_small():
    analysis = recording(rounds=180, restless=1.0)
    assert analysis.duration_s == 7200
    text = html_report(analysis)
    assert len(text.encode()) < 5_000_000
    tree = Tree(text).root
    for lane in [n for n in tree.all("svg") if n.attributes.get("data-name") == "Person 1"]:
        assert 0 < len(lane.all("rect", class_="e")) <= STEPS_AT_MOST
    assert section(tree, "transcript").all("div", class_="long")


def test_runs_join_equal_answers_and_keep_gaps():
    named = [ANGER] * 3 + ["joy"] * 2
    starts = np.array([0.0, 1, 2, 3, 9])
    timeline = EmotionTimeline(np.stack([starts, starts + 1], 1), answers(EKMAN7, named), EKMAN7)
    found = runs(timeline, np.array([False, False, True, False, False]))
    assert [(r.start_s, r.end_s, r.label, r.uncertain) for r in found] == [
        (0, 2, ANGER, False), (2, 3, ANGER, True), (3, 4, "joy", False), (9, 10, "joy", False),
    ]  # fmt: skip
    assert runs(EmotionTimeline.empty(EKMAN7), np.zeros(0, bool)) == []


def test_a_long_line_is_thinned_and_keeps_its_gap():
    times = np.arange(0, 3600, 0.2)
    times = times[(times < 1000) | (times >= 2000)]
    named = ["joy" if t < 1000 else ANGER for t in times]
    spans = np.stack([times, times + 0.2], 1)
    timeline = EmotionTimeline(spans, answers(EKMAN7, named), EKMAN7)
    thin, uncertain = coarser(timeline, times >= 2000, 3600)
    assert STEPS_AT_MOST / 2 < len(thin) <= STEPS_AT_MOST
    np.testing.assert_allclose(thin.probabilities.sum(1), 1)
    assert [(r.label, r.uncertain) for r in runs(thin, uncertain)] == [
        ("joy", False), (ANGER, True),
    ]  # fmt: skip
    assert coarser(thin, uncertain, 3600)[0].spans_s.tolist() == thin.spans_s.tolist()

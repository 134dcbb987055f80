"""What a recording expresses along time, as lanes of SVG that share one axis.

Places and widths are percentages, so that a lane fits any screen and its letters keep their size.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from ...audio.analysis import SoundPicture
from ...markup import clock, counted, element, emoji, escaped, lasting, named, percent
from ...types import EmotionTimeline
from ..analysis import Conflict, RecordingAnalysis
from ..summary import Distribution, PersonSummary, RecordingSummary
from .looks import portrait
from .runs import STEPS_AT_MOST, Run, coarser, cue_runs, edges, runs

LANE_PX, WAVE_PX, SHARES_PX, CONFLICT_PX = 36, 44, 96, 22
SYMBOL_SHARE, LETTER_SHARE = 0.026, 0.009
"""of the lane's width, which they need"""
TICKS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
TICKS_AT_MOST = 9
UNITS, HEIGHT = 2000, 100
"""of the drawings that are stretched to their lane"""


class Lanes:
    """Draws lanes on one axis.

    Args:
        duration_s: of the axis
        labels: ordered; the number of a label is its class, such as `c0`
    """

    def __init__(self, duration_s: float, labels: tuple[str, ...]) -> None:
        self.duration_s = max(duration_s, 1e-3)
        self.labels = labels
        self.step_s = next(
            (s for s in TICKS_S if self.duration_s / s <= TICKS_AT_MOST), TICKS_S[-1]
        )

    def _place(self, time_s: float) -> str:
        return f"{min(100.0, 100 * time_s / self.duration_s):.5g}%"

    def _span(self, start_s: float, end_s: float) -> dict[str, str]:
        end_s = min(end_s, self.duration_s)
        return {"x": self._place(start_s), "width": self._place(max(0.0, end_s - start_s))}

    def ticks_s(self) -> list[float]:
        """Moments that the axis names."""
        return np.arange(0, self.duration_s - self.step_s / 4, self.step_s).tolist()

    def _grid(self) -> str:
        places = [self._place(t) for t in self.ticks_s()]
        return "".join(element("line", x1=p, x2=p, y2="100%", class_="grid") for p in places)

    def row(
        self, name: str, note: str, drawn: str, said: str, height_px: int, image: str = ""
    ) -> str:
        """A lane with its name.

        Args:
            name: written beside it
            note: written under the name
            drawn: SVG
            said: all of it, in words
            height_px: of the lane
            image: HTML that stands before the name
        """
        words = element("b", escaped(name)) + element("small", escaped(note)) * bool(note)
        label = element("div", image, element("span", words), class_="name")
        plot = element(
            "svg",
            self._grid(),
            drawn,
            role="img",
            aria_label=f"{name}: {said}",
            height=height_px,
            data_name=name,
        )
        return element("div", label, element("div", plot, class_="plot"), class_="lane")

    def spans(self, found: Iterable[tuple[Run, str]]) -> str:
        """Runs in the colour of their label, hatched where they are uncertain.

        Args:
            found: each with what else is told when a person points at it
        """
        return "".join(self._run(run, more) for run, more in found)

    def _run(self, run: Run, more: str) -> str:
        span = self._span(run.start_s, run.end_s)
        unsure = ", uncertain" * run.uncertain
        tip = f"{run.label} {percent(run.probability)}{unsure}" + f" “{more}”" * bool(more)
        told = f"{clock(run.start_s)} to {clock(run.end_s)}: {tip}"
        looks = f"e c{self.labels.index(run.label)}" + " u" * run.uncertain
        box = element("rect", element("title", escaped(told)), **span, height=LANE_PX, class_=looks)
        share = (run.end_s - run.start_s) / self.duration_s
        if share < SYMBOL_SHARE:
            return box
        word = f" {run.label}{'?' * run.uncertain}"
        word *= share >= SYMBOL_SHARE + LETTER_SHARE * len(word)
        text = element("text", emoji(run.label, "tspan"), escaped(word), x=5, y=20)
        return box + element("svg", text, **span, height=LANE_PX, class_="t")

    def flags(self, conflicts: Sequence[Conflict]) -> str:
        """A mark where modalities disagree."""
        drawn = []
        for conflict in conflicts:
            span = self._span(conflict.start_s, conflict.end_s)
            told = f"{clock(conflict.start_s)} to {clock(conflict.end_s)}: {conflict.disagreement}"
            title = element("title", escaped(told))
            drawn.append(
                element("rect", title, **span, y=2, height=CONFLICT_PX - 4, class_="e flag")
            )
            if (conflict.end_s - conflict.start_s) / self.duration_s >= SYMBOL_SHARE:
                text = element("text", "≠", x=5, y=16)
                drawn.append(element("svg", text, **span, height=CONFLICT_PX, class_="t"))
        return "".join(drawn)

    def wave(self, picture: SoundPicture) -> str:
        """The waveform, from the lowest to the highest sample of each column."""
        size = max(1, -(-len(picture.peaks) // STEPS_AT_MOST))
        first = np.arange(0, len(picture.peaks), size)
        low = np.minimum.reduceat(picture.peaks[:, 0], first)
        high = np.maximum.reduceat(picture.peaks[:, 1], first)
        scale = float(np.abs(picture.peaks).max(initial=0)) or 1.0
        share = (first + size / 2) / len(picture.peaks) * picture.duration_s / self.duration_s
        outline = [
            *zip(share, 0.5 - 0.48 * high / scale, strict=True),
            *zip(share[::-1], (0.5 - 0.48 * low / scale)[::-1], strict=True),
        ]
        return _stretched(element("path", d=_path(outline), class_="wave"), WAVE_PX)

    def shares(self, timeline: EmotionTimeline) -> str:
        """The probabilities as areas, one on the other, which together fill the lane.

        Args:
            timeline: without overlap
        """
        tops = np.cumsum(timeline.probabilities, axis=1)
        tops = np.concatenate([np.zeros((len(tops), 1)), tops], axis=1)
        spans = timeline.spans_s / self.duration_s
        groups = edges(timeline.spans_s, np.zeros(max(len(spans) - 1, 0), bool))
        areas = []
        for i in range(len(timeline.labels)):
            path = "".join(_area(spans[a:b], tops[a:b, i], tops[a:b, i + 1]) for a, b in groups)
            areas.append(element("path", d=path, class_=f"a c{i}"))
        return _stretched("".join(areas), SHARES_PX)

    def axis(self) -> str:
        """The moments under the lanes."""
        ticks = "".join(
            element("text", clock(t), x=self._place(t), y=14, class_="start" if not t else "")
            for t in self.ticks_s()
        )
        plot = element("div", element("svg", ticks, height=20), class_="plot axis")
        return element(
            "div", element("div", class_="name"), plot, class_="lane", aria_hidden="true"
        )


def _stretched(drawn: str, height_px: int) -> str:
    return element(
        "svg",
        drawn,
        viewBox=f"0 0 {UNITS} {HEIGHT}",
        preserveAspectRatio="none",
        width="100%",
        height=height_px,
    )


def _path(points: Sequence[tuple[float, float]]) -> str:
    """A closed shape through points (x, y), both shares of the drawing."""
    return "M" + "L".join(f"{UNITS * x:.0f} {HEIGHT * y:.1f}" for x, y in points) + "Z"


def _area(spans: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> str:
    """The area between two lines through the middles of spans (segment, 2)."""
    places = np.concatenate([spans[:1, 0], spans.mean(1), spans[-1:, 1]])
    low, high = (1 - np.concatenate([v[:1], v, v[-1:]]) for v in (lower, upper))
    there = zip(places, high, strict=True)
    back = zip(places[::-1], low[::-1], strict=True)
    return _path([*there, *back])


def told_seconds(distribution: Distribution) -> str:
    """The seconds of each label, in words, the longest first."""
    order = sorted(distribution.seconds.items(), key=lambda one: -one[1])
    return ", ".join(f"{label} {lasting(s)}" for label, s in order if s > 0) or "nothing"


def _legend(labels: tuple[str, ...]) -> str:
    keys = [
        element("li", element("i", class_=f"key c{i}"), named(label))
        for i, label in enumerate(labels)
    ]
    for looks, said in (
        ("key unsure", "hatched, with a question mark: uncertain"),
        ("key flagged", "≠ they disagree"),
        ("key none", "empty: nothing said, heard or seen"),
    ):
        keys.append(element("li", element("i", class_=looks), escaped(said)))
    return element("ul", *keys, class_="legend")


def _sound_rows(lanes: Lanes, judged: RecordingAnalysis) -> list[str]:
    """Waveform, words and voice, as far as they are there."""
    rows, voice, words = [], judged.voice, judged.words
    if voice is not None and len(voice.picture.peaks):
        said = f"waveform, {lasting(voice.duration_s)}"
        rows.append(lanes.row("Sound", "", lanes.wave(voice.picture), said, WAVE_PX))
    if words is not None:
        found = cue_runs(words)
        said = f"{counted(len(found), 'line')}, told in the transcript"
        drawn = lanes.spans(found)
        rows.append(lanes.row("Words", words.transcript.origin, drawn, said, LANE_PX))
    if voice is not None:
        line = coarser(voice.timeline, voice.uncertain, lanes.duration_s)
        said = told_seconds(Distribution.of(voice.timeline, voice.uncertain))
        drawn = lanes.spans((run, "") for run in runs(*line))
        rows.append(lanes.row("Voice", "", drawn, said, LANE_PX))
    return rows


def _people_rows(
    lanes: Lanes, judged: RecordingAnalysis, shown: Sequence[PersonSummary], pictures: bool
) -> list[str]:
    people = {p.track_id: p for p in judged.faces.people} if judged.faces else {}
    rows = []
    for summary in shown:
        person = people[summary.number]
        line = coarser(person.timeline, person.uncertain, lanes.duration_s)
        drawn = lanes.spans((run, "") for run in runs(*line))
        image = portrait(person, 0, "") if pictures else ""
        said = told_seconds(summary.face)
        name = f"Person {summary.number}"
        rows.append(lanes.row(name, summary.name, drawn, said, LANE_PX, image))
    return rows


def lanes_section(
    judged: RecordingAnalysis,
    summary: RecordingSummary,
    shown: Sequence[PersonSummary],
    pictures: bool,
) -> str:
    """Every lane on one axis, a legend, and a line in which a pointer's moment is read out.

    Args:
        judged: everything in the labels of the fused line
        summary: its figures
        shown: people who get a lane
        pictures: whether faces are shown
    """
    lanes, line = Lanes(judged.duration_s, judged.labels), judged.fused
    rows = [*_sound_rows(lanes, judged), *_people_rows(lanes, judged, shown, pictures)]
    if len(line.timeline):
        fused, unsure = coarser(line.timeline, line.uncertain, lanes.duration_s)
        said = told_seconds(summary.overall)
        drawn = lanes.spans((run, "") for run in runs(fused, unsure))
        rows.append(lanes.row("Together", "fused", drawn, said, LANE_PX))
        shares = lanes.shares(fused)
        rows.append(lanes.row("Shares", "of the fused answer", shares, said, SHARES_PX))
    if judged.conflicts:
        said = f"{counted(len(judged.conflicts), 'stretch', 'stretches')}, told below"
        flags = lanes.flags(judged.conflicts)
        rows.append(lanes.row("Disagree", "", flags, said, CONFLICT_PX))
    cursor = element("div", element("i", class_="cursor", hidden=True), class_="plane")
    track = element("div", *rows, lanes.axis(), cursor, class_="lanes", data_s=lanes.duration_s)
    return (
        element(
            "div", track, class_="scroll", tabindex=0, role="region", aria_label="Lanes along time"
        )
        + element("p", "The lanes go on to the right.", class_="swipe quiet")
        + element("p", class_="readout", hidden=True, aria_live="off")
        + _legend(judged.labels)
    )

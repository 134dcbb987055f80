"""The parts of a report that are made of words: moments, disagreements, transcript, models."""

from collections.abc import Mapping

from ...face.analysis import Person
from ...fusion.evidence import SPOKEN_NAME
from ...markup import clock, counted, element, emoji, escaped, lasting, named, percent
from ...types import EmotionScores, Modality, ModelSpec
from ..analysis import NOBODY, Conflict, RecordingAnalysis, Stage, WordsAnalysis
from ..labelled import Models
from ..moments import StrongMoment, words_at
from ..portraits import Portraits, strongest
from ..summary import RecordingSummary
from .looks import face_image, portrait

CONFLICTS_AT_MOST, SHIFTS_AT_MOST = 30, 20
LONG_TRANSCRIPT = 40
"""cues from which on it scrolls in a box of its own"""
TOLD_BY: Mapping[str, str] = {
    "fused": "together", "words": "words alone", "voice": "voice alone", "face": "face alone",
}  # fmt: skip
METRICS: Mapping[str, str] = {
    "accuracy": "accuracy", "uar": "UAR", "macro_f1": "macro F1", "weighted_f1": "weighted F1",
}  # fmt: skip
ASKED: Mapping[Modality, str] = {
    "text": "Words", "audio": "Voice", "face": "Faces", "fusion": "Together",
}  # fmt: skip
STAGES: Mapping[Stage, str] = {
    "words": "Words", "voice": "Voice", "faces": "Faces", "fusion": "Together",
}  # fmt: skip


def moment_link(time_s: float) -> str:
    """A time that leads to its place in the lanes."""
    return element(
        "a", element("time", clock(time_s)), href="#time", data_at=f"{time_s:.2f}", class_="at"
    )


def badge(label: str, labels: tuple[str, ...], more: str = "", uncertain: bool = False) -> str:
    """A label with its symbol on its colour; dashed where it is uncertain."""
    looks = f"badge c{labels.index(label)}" + " unsure" * uncertain
    return element("span", named(label, more), class_=looks)


def quoted(words: str) -> str:
    """What somebody says."""
    return element("q", escaped(words)) if words else ""


# --- strongest moments -----------------------------------------------------------------------


def moments_section(summary: RecordingSummary, people: Mapping[int, Person], pictures: bool) -> str:
    """A card for each of the strongest moments, by time, and the lasting changes."""
    if not summary.moments:
        return element("p", "No moment stands out from neutral.", class_="quiet")
    by_time = sorted(summary.moments, key=lambda moment: moment.time_s)
    cards = [_moment_card(moment, summary.labels, people, pictures) for moment in by_time]
    return element("ol", *cards, class_="moments") + _shifts(summary)


def _moment_card(
    moment: StrongMoment, labels: tuple[str, ...], people: Mapping[int, Person], pictures: bool
) -> str:
    face = element("span", emoji(moment.label), class_="symbol")
    if pictures and moment.picture is not None:
        number, peak = moment.picture
        face = portrait(people[number], peak, f"The face of person {number} near this moment")
    whose = f", person {moment.person}" if moment.person != NOBODY else ""
    told = TOLD_BY[moment.source] + whose
    words = element(
        "div",
        element("div", moment_link(moment.time_s), " ", element("small", escaped(told))),
        badge(moment.label, labels, f" {percent(moment.probability)}"),
        quoted(moment.words),
    )
    return element("li", face, words, class_=f"card c{labels.index(moment.label)}")


def _shifts(summary: RecordingSummary) -> str:
    """Where one lasting emotion gives way to another."""
    if not summary.shifts:
        return ""
    items = [
        element(
            "li",
            moment_link(shift.time_s),
            " from ",
            badge(shift.before, summary.labels),
            " to ",
            badge(shift.after, summary.labels),
        )
        for shift in summary.shifts[:SHIFTS_AT_MOST]
    ]
    rest = len(summary.shifts) - len(items)
    more = element("p", f"{rest} more stand in summary.json.", class_="quiet") * bool(rest)
    return element("h3", "Lasting changes") + element("ol", *items, class_="shifts") + more


# --- where they disagree ---------------------------------------------------------------------


def conflicts_section(
    judged: RecordingAnalysis, summary: RecordingSummary, portraits: Portraits
) -> str:
    """Each stretch in a sentence, with what is said then and the face.

    Args:
        judged: everything in the labels of the fused line
        summary: its figures
        portraits: faces, as far as they are shown
    """
    if not summary.compared:
        return element(
            "p", "Only one of words, voice and face was there at any time.", class_="quiet"
        )
    agree = (
        f"{counted(summary.compared, 'window')} with two or three of words, voice and face; in "
        f"{percent(summary.agreeing)} none contradicts another."
    )
    if not judged.conflicts:
        return element("p", escaped(agree))
    shown = strongest(judged.conflicts, CONFLICTS_AT_MOST)
    items = [_conflict(judged, conflict, portraits) for conflict in shown]
    count = len(judged.conflicts)
    number = "One stretch disagrees" if count == 1 else f"{count:,} stretches disagree"
    if len(items) < count:
        number += f" (the {len(items)} strongest are listed)"
    sums = f" {number}, {lasting(summary.conflict_s)} together."
    return element("p", escaped(agree + sums)) + element("ol", *items, class_="conflicts")


def _conflict(judged: RecordingAnalysis, conflict: Conflict, portraits: Portraits) -> str:
    found = conflict.disagreement
    first, second = (
        f"he {SPOKEN_NAME[m]} {'say' if m == 'text' else 'says'} " + badge(label, judged.labels)
        for m, label in zip(found.modalities, found.labels, strict=True)
    )
    whose = f"person {conflict.person}, " if conflict.person != NOBODY else ""
    note = f"{whose}strength {percent(found.strength)}"
    times = element("b", moment_link(conflict.start_s), " to ", clock(conflict.end_s))
    words = quoted(words_at(judged, (conflict.start_s + conflict.end_s) / 2, conflict.person))
    sentence = f"T{first}, but t{second}" + element("small", escaped(note))
    face, picture = "", portraits.get(conflict.start_s)
    if picture is not None:
        face = face_image(picture, f"The face of person {conflict.person} in this stretch")
    return element("li", times, face, element("div", element("p", sentence), words))


# --- transcript ------------------------------------------------------------------------------


def transcript_section(own: WordsAnalysis, judged: RecordingAnalysis) -> str:
    """Every cue with its speaker and its emotion.

    Args:
        own: words in the labels of the text model
        judged: everything in the labels of the fused line
    """
    words = judged.words or own
    cues = [_cue(own, words, i, judged.labels) for i in range(len(words.transcript))]
    long = len(cues) > LONG_TRANSCRIPT
    listed = element("ol", *cues, class_="cues")
    if not long:
        return listed
    return element("div", listed, class_="long", tabindex=0, role="region", aria_label="Transcript")


def _cue(own: WordsAnalysis, words: WordsAnalysis, place: int, labels: tuple[str, ...]) -> str:
    cue, scores, person = words.transcript.cues[place], words.scores[place], words.person[place]
    speaker = cue.speaker or (f"Person {person}" if person != NOBODY else "")
    name = element("b", escaped(speaker) + ": ") * bool(speaker)
    said = element("p", name, escaped(cue.text), dir="auto")
    looks, answer = "", ""
    if scores is not None:
        looks = f"c{labels.index(scores.label)}" + " unsure" * scores.uncertain
        answer = element("div", _answer(scores, own.scores[place], labels), class_="answer")
    return element("li", moment_link(cue.start_s), said, answer, class_=looks or False)


def _answer(scores: EmotionScores, own: EmotionScores | None, labels: tuple[str, ...]) -> str:
    """The emotion, and the text model's own word for it where that is another."""
    found = badge(scores.label, labels, f" {percent(scores.probability)}", scores.uncertain)
    notes = ["uncertain"] * scores.uncertain
    if own is not None and own.label != scores.label:
        notes.insert(0, named(own.label, f" {percent(own.probability)}"))
    return found + element("small", ", ".join(notes)) * bool(notes)


# --- how it was made -------------------------------------------------------------------------


def models_section(judged: RecordingAnalysis, models: Models) -> str:
    """Each model that answered, what it scored, by which protocol, and its licence."""
    parts = {"text": judged.words, "audio": judged.voice, "face": judged.faces}
    items = [
        element("dt", ASKED[modality], ": ", element("code", escaped(models[modality].id)))
        + element("dd", *_model(models[modality]))
        for modality in ASKED
        if modality in models and parts.get(modality, judged.fused) is not None
    ]
    return element("dl", *items, class_="models") if items else ""


def _model(spec: ModelSpec) -> tuple[str, str]:
    scores = [f"{said} {spec.metrics[m]:.3f}" for m, said in METRICS.items() if m in spec.metrics]
    measured = ", ".join(scores) or "no measured score"
    licence = f" Licence of the weights: {spec.licence}." if spec.licence else ""
    return element("b", escaped(measured)), element("small", escaped(spec.protocol + licence))


def failures_list(analysis: RecordingAnalysis) -> str:
    """What could not be answered, and why."""
    items = [
        element("li", element("b", STAGES[stage]), ": ", escaped(why))
        for stage, why in analysis.failures.items()
    ]
    return element("ul", *items, class_="failures") if items else ""

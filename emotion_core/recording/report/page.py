"""A recording as one HTML file that stands alone: nothing is loaded from anywhere else."""

import base64
import hashlib
from collections.abc import Sequence
from string import Template

from ...markup import clock, counted, element, emoji, escaped, lasting, percent
from ..analysis import RecordingAnalysis
from ..labelled import NO_MODELS, Models, in_labels
from ..portraits import NO_PORTRAITS, Portraits
from ..summary import Distribution, PersonSummary, RecordingSummary, notices_of, summarise
from .figures import contribution_table, distribution_table, stacked_bar
from .lanes import lanes_section
from .looks import colour_rules, fills, part, portrait
from .sections import (
    conflicts_section,
    failures_list,
    models_section,
    moments_section,
    transcript_section,
)

PEOPLE_AT_MOST = 12
"""who have a lane and a card; the table has everybody"""
CAUTION = (
    "This report tells what words, a tone of voice and faces most likely express. It does not "
    "tell what anybody feels, thinks or intends, it is often wrong, and it is no diagnosis."
)


def html_report(
    analysis: RecordingAnalysis,
    *,
    labels: tuple[str, ...] | None = None,
    pictures: bool = True,
    models: Models = NO_MODELS,
    portraits: Portraits = NO_PORTRAITS,
) -> str:
    """The report of a recording.

    Args:
        analysis: what was found
        labels: of the report; None takes those of the fused line
        pictures: whether faces are shown
        models: those that answered, so that their scores are told
        portraits: the faces at the disagreements, by `conflict_portraits`

    Raises:
        LabelMismatch: if no label of a model has a place among the labels
    """
    judged = in_labels(analysis, analysis.labels if labels is None else labels, models)
    summary = summarise(judged)
    script, portraits = part("page.js"), portraits if pictures else NO_PORTRAITS
    digest = base64.b64encode(hashlib.sha256(f"\n{script}\n".encode()).digest()).decode()
    return Template(part("page.html")).substitute(
        title=escaped(analysis.name),
        style=part("page.css") + "\n" + colour_rules(judged.labels),
        digest=digest,
        fills=fills(judged.labels),
        head=_head(judged, summary),
        sections="\n".join(_sections(analysis, judged, summary, pictures, portraits, models)),
        script=script,
    )


def _section(name: str, title: str, *content: str) -> str:
    heading = element("h2", escaped(title), id=f"{name}-title")
    return element("section", heading, *content, id=name, aria_labelledby=f"{name}-title")


def _sections(
    own: RecordingAnalysis,
    judged: RecordingAnalysis,
    summary: RecordingSummary,
    pictures: bool,
    portraits: Portraits,
    models: Models,
) -> list[str]:
    """Every part of the report for which there is anything."""
    people = {person.track_id: person for person in judged.faces.people} if judged.faces else {}
    shown = _shown(summary)
    found = [
        _section("time", "Along time", lanes_section(judged, summary, shown, pictures)),
        _section("moments", "Strongest moments", moments_section(summary, people, pictures)),
        _section("disagree", "Where they disagree", conflicts_section(judged, summary, portraits)),
        _section("shares", "How much of each", _shares(judged, summary, shown, pictures)),
    ]
    if len(judged.fused.timeline):
        table = contribution_table(summary)
        found.append(_section("contributions", "What each contributed", table))
    if own.words is not None and len(own.words.transcript):
        words = transcript_section(own.words, judged)
        found.append(_section("transcript", "Transcript", words))
    if used := models_section(judged, models):
        found.append(_section("models", "The models and what they scored", used))
    if notices := notices_of(judged):
        items = [element("li", escaped(notice)) for notice in notices]
        found.append(_section("notices", "How it was read", element("ul", *items)))
    return found


def _shown(summary: RecordingSummary) -> list[PersonSummary]:
    """Those who were seen longest, in order of appearance."""
    longest = sorted(summary.persons, key=lambda person: -person.seen_s)[:PEOPLE_AT_MOST]
    return sorted(longest, key=lambda person: person.number)


def _head(judged: RecordingAnalysis, summary: RecordingSummary) -> str:
    """What the recording is, what prevails, and what must be known before reading on."""
    parts = [f"{clock(judged.duration_s)} long", _words_said(judged)]
    parts.append("with sound" if judged.voice is not None else "without sound")
    if judged.faces is not None:
        people = counted(len(summary.persons), "person", "people") + " seen"
        parts.append(people if summary.persons else "nobody seen")
    stopped = element(
        "p", "It was stopped before its end: what follows covers what was read until then."
    )
    return (
        element("p", escaped(", ".join(p for p in parts if p)), class_="quiet")
        + element("p", escaped(CAUTION), class_="caution", role="note")
        + stopped * judged.stopped
        + failures_list(judged)
        + _prevailing(summary)
    )


def _words_said(judged: RecordingAnalysis) -> str:
    if judged.words is None:
        return "without words"
    transcript = judged.words.transcript
    return f"{counted(len(transcript), 'line')} of words ({transcript.origin})"


def _prevailing(summary: RecordingSummary) -> str:
    """What prevails, as a sentence and a bar of everything, with the chief figures."""
    overall = summary.overall
    if not overall.total_s:
        return element("p", "Nothing was said, heard or seen that could be answered.")
    label = max(overall.seconds, key=lambda name: overall.seconds[name])
    share = percent(overall.seconds[label] / overall.total_s)
    sentence = (
        element("span", emoji(label), class_="symbol"),
        element("span", "Most often ", element("b", escaped(label)), f": {share} of the time"),
    )
    return element(
        "div",
        element("p", *sentence, class_="prevails"),
        stacked_bar(overall),
        _facts(summary),
        class_="card hero",
    )


def _facts(summary: RecordingSummary) -> str:
    facts = {
        "uncertain": lasting(sum(summary.overall.uncertain_s.values())),
        "lasting changes": f"{len(summary.shifts):,}",
    }
    if summary.compared:
        facts["of windows agree"] = percent(summary.agreeing)
        facts["disagreements"] = f"{summary.conflict_count:,}"
    items = [
        element("div", element("dt", escaped(name)), element("dd", escaped(value)))
        for name, value in facts.items()
    ]
    return element("dl", *items, class_="facts")


def _shares(
    judged: RecordingAnalysis,
    summary: RecordingSummary,
    shown: Sequence[PersonSummary],
    pictures: bool,
) -> str:
    """Overall and for each person: bars with figures."""
    people = {person.track_id: person for person in judged.faces.people} if judged.faces else {}
    table = distribution_table(
        summary.overall, "The fused answer: what there is of words, voice and face."
    )
    cards = [element("article", element("h3", "Everything together"), table, class_="card")]
    for person in shown:
        image = portrait(people[person.number], 0, f"The face of {person.title}") * pictures
        cards.append(_person_card(person, image))
    rest = len(summary.persons) - len(shown)
    more = f"The {len(shown)} who were seen longest are shown; {rest} more stand in timeline.csv."
    return element("div", *cards, class_="cards") + element("p", more, class_="quiet") * bool(rest)


def _person_card(person: PersonSummary, image: str) -> str:
    seen = [f"seen for {lasting(person.seen_s)}"]
    if person.spoken_s:
        seen.append(f"speaks for {lasting(person.spoken_s)}")
    head = element("div", element("h3", escaped(person.title)), _quiet(", ".join(seen)))
    return element(
        "article",
        element("header", image, head),
        distribution_table(person.face, "The face alone."),
        _taking_part(person.fused),
        class_="card",
    )


def _taking_part(fused: Distribution) -> str:
    """The fused answer while this face took part."""
    if not fused.total_s:
        return ""
    said = f"The fused answer while this face took part ({lasting(fused.total_s)}):"
    return _quiet(said) + stacked_bar(fused)


def _quiet(text: str) -> str:
    return element("p", escaped(text), class_="quiet")

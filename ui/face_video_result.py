"""What was seen in a video: people, player with a lane for each, peaks, shares, downloads."""

from pathlib import Path

import streamlit as st

from emotion_core.face.analysis import Person, VideoAnalysis
from emotion_core.markup import clock

from .answer import show_notices
from .charts import distribution_bars, probability_bars, show
from .downloads import csv_and_json, download_buttons
from .face_card import face_card
from .face_film import annotated_video, film_of
from .face_jobs import VideoJob
from .face_people import (
    judged_video,
    peak_moments,
    people_lanes,
    seconds_per_label,
    shown_people,
)
from .face_rows import video_rows
from .models import FaceChoice
from .player import Medium, player

PLAYER, PERSON = "video_player", "video_person"
CARD_PX = 350
NO_FACE = (
    "**No face was found in this video, so there is no answer.** Faces are found best from the "
    "front, evenly lit and in focus. A face that is in sight for a moment only is found more "
    "surely with more frames a second."
)


def _choose_person(track_id: int) -> None:
    st.session_state[PERSON] = track_id


def _chosen(people: list[Person]) -> Person:
    """Who was chosen, or else who was seen longest."""
    found = [p for p in people if p.track_id == st.session_state.get(PERSON)]
    return found[0] if found else max(people, key=lambda person: person.seen_s)


def _cards(people: list[Person], chosen: Person, level: float) -> None:
    """A card for each person, with a button that chooses who is shown in detail."""
    with st.container(horizontal=True):
        for person in people:
            with st.container(width=CARD_PX, gap="xsmall"):
                spans = person.timeline.spans_s
                note = (
                    f"seen for {person.seen_s:.1f} s between {clock(spans[0, 0])} and "
                    f"{clock(spans[-1, 1])}"
                )
                face_card(
                    person.thumbnails[0], f"Person {person.track_id}", person.scores, level, note
                )
                st.button(
                    f"Show person {person.track_id}",
                    on_click=_choose_person,
                    args=(person.track_id,),
                    type="primary" if person is chosen else "secondary",
                    width="stretch",
                    key=f"video_show_{person.track_id}",
                )


def _medium(job: VideoJob) -> Medium | None:
    """The video, or the annotated one in the place of a file that browsers do not play."""
    if not job.unplayable:
        return job.medium()
    film = film_of(job)
    if film is None:
        kind = Path(job.video.name).suffix.upper()[1:]
        st.info(
            f"The browser cannot play this {kind} file. Make the annotated video below: it then "
            "plays here."
        )
    return film and film.film


def _timeline(job: VideoJob, judged: VideoAnalysis, people: list[Person], chosen: Person) -> None:
    st.subheader("Second by second")
    lanes = people_lanes(people, chosen, judged.duration_s)
    moments = peak_moments(chosen, PLAYER)
    player(_medium(job), judged.duration_s, lanes, PLAYER, None, job.give_up_playing, moments)
    st.caption(
        f"One lane per person, coloured by the most probable expression: hatched where that is "
        f"uncertain, empty where the face is not seen. The pictures are the moments at which "
        f"person {chosen.track_id} expresses most."
    )


def _shares(chosen: Person, level: float) -> None:
    """Over the whole video: the probabilities of one person, and how long each was on top."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(f"Person {chosen.track_id} over the whole video")
        alt = f"Probability of each label; the largest is {chosen.scores.label}"
        show(probability_bars(chosen.scores, level), "video_probabilities", alt)
        st.caption("The mean of all moments, in which sure ones count more than unsure ones.")
    with right:
        st.subheader("How long each was the most probable")
        seconds = seconds_per_label(chosen)
        show(distribution_bars(seconds, " s"), "video_shares", "Seconds of each label")


def _downloads(job: VideoJob, choice: FaceChoice, judged: VideoAnalysis) -> None:
    st.subheader("Download")
    with st.container(horizontal=True):
        download_buttons(
            csv_and_json("people"), lambda: video_rows(job.video.name, judged), "video"
        )
    annotated_video(job, choice, judged)


def face_video_result(choice: FaceChoice, job: VideoJob) -> None:
    """Show what a job has seen."""
    if job.seen is None:
        st.error(job.error)
        return
    judged = judged_video(choice, job.seen)
    show_notices(judged.notices)
    count = len(judged.people)
    st.caption(
        f"{job.video.name}: {count} {'person' if count == 1 else 'people'} in "
        f"{clock(judged.duration_s)}, {len(judged.times_s):,} frames looked at in "
        f"{job.elapsed_s:.1f} s"
    )
    if not judged.people:
        st.warning(NO_FACE, icon=":material/face_retouching_off:")
        player(_medium(job), judged.duration_s, [], PLAYER, None, job.give_up_playing)
        return
    people = shown_people(judged)
    if len(people) < count:
        st.info(f"The {len(people)} who were seen longest are shown; the table has all {count}.")
    chosen = _chosen(people)
    _cards(people, chosen, choice.level)
    _timeline(job, judged, people, chosen)
    _shares(chosen, choice.level)
    _downloads(job, choice, judged)

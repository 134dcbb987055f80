"""The annotated video of a recording."""

from functools import partial

from emotion_core.face.analysis import VideoAnalysis

from .film_panel import blur_switch, film_panel
from .recording_open import OpenRecording

KEY = "recording"


def annotated_video(recording: OpenRecording, judged: VideoAnalysis) -> None:
    """The switch for blurring, the button that starts, progress and result."""
    blur = blur_switch(KEY)
    film = recording.film if recording.film and recording.film.blur == blur else None
    film_panel(film, partial(recording.annotate, judged, blur), blur, KEY)

"""Labelled clips, and who is seen in them.

A folder of splits and classes is `data/{train,val,test}/{class}/clip.mp4`. In a folder of classes
alone, or `{class}/{person}/clip.mp4`, people stay on one side of the split; who is seen is also
known from the file names of known data sets and from a table's column `speaker` or `group`.
"""

from dataclasses import replace
from pathlib import Path

from ..errors import InvalidInput
from ..face.answers import VIDEO_ENDINGS
from .corpora import Recording
from .recordings import read_recordings
from .sources import split_of


def _person(recording: Recording, source: Path) -> Recording:
    """With the folder between the class's and the clip as its group, where no one is named."""
    path, root = recording.path.absolute(), source.absolute()
    folders = path.relative_to(root).parts[:-1] if path.is_relative_to(root) else ()
    inside = folders[1:] if folders and split_of(folders[0]) else folders
    if recording.group or len(inside) < 2 or inside[0] != recording.label:
        return recording
    return replace(recording, speaker=inside[1], group=f"{recording.corpus}/{inside[1]}")


def read_clips(source: Path) -> list[Recording]:
    """Every labelled clip of a source, whatever its layout.

    Args:
        source: as for `recordings.read_recordings`, or as this module says

    Raises:
        InvalidInput: if nothing readable is there or nothing of it is a video
    """
    recordings = read_recordings(source)
    clips = [r for r in recordings if r.path.suffix.lower() in VIDEO_ENDINGS]
    if not clips:
        raise InvalidInput(
            f"{source}: expected clips ({' '.join(VIDEO_ENDINGS)}), got {len(recordings)} "
            "recordings of sound alone"
        )
    return [_person(r, source) for r in clips] if source.is_dir() else clips

"""IEMOCAP and MELD as they are downloaded, with words and voice, or words, voice and picture.

Labels, speakers and files are read by `corpora.py`; here the words are put beside them.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ..audio.decode import ENDINGS
from ..face.answers import VIDEO_ENDINGS
from .corpora import read_iemocap, read_meld, read_meld_table, tell_left_out
from .paired_clip import PairedClip
from .sources import require_columns, split_of

_LINE = re.compile(
    r"^(?P<name>Ses\d\d[FM]_\w+_[FM](?P<turn>\w+)) \[(?P<start>[\d.]+)-(?P<end>[\d.]+)\]: *"
    r"(?P<text>.*)$",
    re.MULTILINE,
)
_INTERJECTION = re.compile(r"XX\d+")
"""turn of what was called in between, such as `Ses01F_impro01_MXX0`; it has no label"""
_NO_WORD = re.compile(r"\[[A-Z' ]+\]")
"""such as [LAUGHTER], which was not said and which no recogniser writes"""
_CLOCK = re.compile(r"(\d+):(\d\d):(\d\d)[,.](\d+)")
_WINDOWS_1252 = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}
"""control character that a wrong reading of Windows' code page left in a text -> what was meant"""


class _Line(NamedTuple):
    """What is written of an utterance."""

    text: str
    span_s: tuple[float, float] | None


def _transcript(dialogue: Path) -> dict[str, _Line]:
    """Utterance -> what was said, of one dialogue of IEMOCAP, interjections included."""
    content = dialogue.read_text(errors="replace") if dialogue.is_file() else ""
    return {
        line["name"]: _Line(
            " ".join(_NO_WORD.sub(" ", line["text"]).split()),
            (float(line["start"]), float(line["end"])),
        )
        for line in _LINE.finditer(content)
    }


def paired_iemocap(label_files: Sequence[Path]) -> list[PairedClip]:
    """Words, voice and label of IEMOCAP; `exc` joins `hap`.

    Its films are not read: each shows both people of a whole dialogue side by side, one of them
    with markers in the face.

    Args:
        label_files: of `EmoEvaluation`; `transcriptions` lies beside it
    """
    folders = {file.parents[1] / "transcriptions" for file in label_files}
    files = sorted(file for folder in folders for file in folder.glob("Ses*.txt"))
    lines = {name: line for file in files for name, line in _transcript(file).items()}
    left_out = [
        "interjections" for name in lines if _INTERJECTION.fullmatch(name.rpartition("_")[2][1:])
    ]
    clips = []
    for recording in read_iemocap(label_files):
        sound = recording.path
        if (line := lines.get(sound.stem)) is None:
            left_out.append("without a transcript")
            continue
        clips.append(
            PairedClip(
                name=sound.stem,
                text=line.text,
                sound=sound,
                picture=None,
                label=recording.label,
                speaker=recording.speaker,
                group=recording.group,
                dialogue=sound.parent.name,
                session=recording.group.partition("/")[2],
                span_s=line.span_s,
            )
        )
    tell_left_out("iemocap", left_out)
    return clips


def _seconds(clock: str) -> float:
    """Of `00:16:16,059`; NaN for anything else."""
    match = _CLOCK.fullmatch(clock.strip())
    if match is None:
        return float("nan")
    hours, minutes, seconds, rest = match.groups()
    return 3600 * int(hours) + 60 * int(minutes) + float(f"{seconds}.{rest}")


def _meld_lines(table: Path) -> Iterator[tuple[tuple[str, str], _Line]]:
    """Split and clip, such as `dia0_utt0`, and what was said."""
    split, frame = read_meld_table(table)
    require_columns(frame, ("Utterance",), table)
    columns = ["clip", "Utterance", "StartTime", "EndTime"]
    for row in frame.reindex(columns=columns, fill_value="").itertuples(index=False):
        clip, text, *clocks = map(str, row)
        start_s, end_s = map(_seconds, clocks)
        span_s = (start_s, end_s) if start_s < end_s else None
        yield (split_of(split), clip), _Line(text.translate(_WINDOWS_1252).strip(), span_s)


def picture_of(path: Path) -> Path | None:
    """The file itself if it is a video, or the one beside it of which it is the sound."""
    beside = (path, path.with_suffix(".mp4"))
    return next((p for p in beside if p.suffix.lower() in VIDEO_ENDINGS and p.is_file()), None)


def paired_meld(tables: Sequence[Path], files: Sequence[Path]) -> list[PairedClip]:
    """Words and a clip of MELD each, with sound and a picture in which several may be seen."""
    lines = dict(pair for table in tables for pair in _meld_lines(table))
    sounds = [p for p in files if p.suffix.lower() in ENDINGS]
    clips = []
    for recording in read_meld(tables, sounds):
        path, dialogue = recording.path, recording.group.removeprefix("meld/")
        line = lines[recording.split, path.stem]
        clips.append(
            PairedClip(
                name=f"{recording.split}/{path.stem}",
                text=line.text,
                sound=path,
                picture=picture_of(path),
                label=recording.label,
                speaker=recording.speaker,
                group=recording.group,
                dialogue=dialogue,
                split=recording.split,
                span_s=line.span_s,
            )
        )
    return clips

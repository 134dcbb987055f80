"""Speech data sets as they are downloaded; each is recognised by its own files."""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ..audio.decode import ENDINGS
from ..errors import InvalidInput
from ..folders import list_files
from ..labels import (
    ANGER,
    BOREDOM,
    CALM,
    DISGUST,
    EXCITEMENT,
    FEAR,
    JOY,
    LABEL_OF_WORD,
    NEUTRAL,
    SADNESS,
    SURPRISE,
    label_of,
)
from .sources import read_table, require_columns, split_of, tell_left_out

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recording:
    """One labelled recording of a data set.

    Attributes:
        path: where it lies; not opened yet
        label: from `labels.py`, or the user's own word
        speaker: who speaks, within the corpus; empty where unknown
        corpus: name of the data set
        group: what must not be on both sides of a split, with the corpus before it: the speaker,
            a dialogue, a session; empty where nothing is known
        split: `train`, `validation`, `test`, or empty where the data set has none
        fold: in which the data set tests it, or None
        duplicate_of: name, without ending, of the recording that it is a copy of, or empty
    """

    path: Path
    label: str
    speaker: str
    corpus: str
    group: str
    split: str = ""
    fold: int | None = None
    duplicate_of: str = ""


@dataclass(frozen=True)
class NamedFiles:
    """A data set whose file names say who speaks and in which emotion.

    Attributes:
        corpus: its name
        pattern: of `folder/name` without the ending, with the groups `speaker`, `emotion` and
            `take`: two files of one speaker and take are the same recording
        labels: emotion code -> label; files of other codes are left out
        misspelt: speaker as some file names have it -> as it should be
    """

    corpus: str
    pattern: re.Pattern[str]
    labels: Mapping[str, str]
    misspelt: Mapping[str, str] = field(default_factory=dict)

    def match(self, path: Path) -> re.Match[str] | None:
        """What the file's name says, or None for a file of another data set."""
        return self.pattern.search(f"{path.parent.name}/{path.stem}")

    def speaker(self, match: re.Match[str]) -> str:
        """Who speaks."""
        return self.misspelt.get(match["speaker"], match["speaker"])


RAVDESS = NamedFiles(
    "ravdess",
    re.compile(
        r"/0[13]-(?P<take>(?P<emotion>0[12]-0[1-8])-0[12]-0[12]-0[12]-(?P<speaker>[0-2]\d))$"
    ),
    {
        "01-01": NEUTRAL, "01-02": CALM, "01-03": JOY, "01-04": SADNESS, "01-05": ANGER,
        "01-06": FEAR, "01-07": DISGUST, "01-08": SURPRISE,
    },
)  # fmt: skip
"""Speech, from sound or video (Livingstone and Russo, 2018): modality, vocal channel, emotion,
intensity, statement, repetition, actor. The code here is vocal channel and emotion."""

RAVDESS_WITH_SONG = NamedFiles(
    RAVDESS.corpus,
    RAVDESS.pattern,
    {**RAVDESS.labels, **{f"02{code[2:]}": label for code, label in RAVDESS.labels.items()}},
)

CREMA_D = NamedFiles(
    "crema-d",
    re.compile(r"/(?P<take>(?P<speaker>1\d{3})_[A-Z]{3}_(?P<emotion>[A-Z]{3})_(?:LO|MD|HI|XX?))$"),
    {"ANG": ANGER, "DIS": DISGUST, "FEA": FEAR, "HAP": JOY, "NEU": NEUTRAL, "SAD": SADNESS},
)
"""Cao et al., 2014: actor, sentence, emotion, level."""

EMO_DB = NamedFiles(
    "emo-db",
    re.compile(r"/(?P<take>(?P<speaker>\d\d)[ab]\d\d(?P<emotion>[WLEAFTN])[a-z]?)$"),
    {
        "W": ANGER, "L": BOREDOM, "E": DISGUST, "A": FEAR, "F": JOY, "T": SADNESS, "N": NEUTRAL,
    },
)  # fmt: skip
"""Burkhardt et al., 2005: speaker, text, German letter (Wut, Langeweile, Ekel, Angst, Freude,
Trauer, neutral), version."""

TESS = NamedFiles(
    "tess",
    re.compile(
        r"/(?P<take>(?P<speaker>OAF?|YAF)_[a-z]+_"
        r"(?P<emotion>angry|disgust|fear|happy|neutral|ps|sad))$"
    ),
    {
        "angry": ANGER, "disgust": DISGUST, "fear": FEAR, "happy": JOY, "neutral": NEUTRAL,
        "ps": SURPRISE, "sad": SADNESS,
    },
    misspelt={"OA": "OAF"},
)  # fmt: skip
"""Pichora-Fuller and Dupuis, 2010: older or younger actress, word, emotion (`ps` is pleasant
surprise); one file is spelt `OA_bite_neutral`."""

SAVEE = NamedFiles(
    "savee",
    re.compile(r"(?:^|/)(?P<speaker>DC|JE|JK|KL)[/_](?P<take>(?P<emotion>[adfhn]|s[au])\d\d)$"),
    {
        "a": ANGER, "d": DISGUST, "f": FEAR, "h": JOY, "n": NEUTRAL, "sa": SADNESS, "su": SURPRISE,
    },
)  # fmt: skip
"""Haq and Jackson, 2009: `DC_a01.wav`, or `DC/a01.wav` with a folder per speaker."""

NAMED_FILES = (RAVDESS, CREMA_D, EMO_DB, TESS, SAVEE)

IEMOCAP_LABELS = {
    "ang": ANGER, "hap": JOY, "sad": SADNESS, "neu": NEUTRAL, "fea": FEAR, "sur": SURPRISE,
    "dis": DISGUST,
}  # fmt: skip
"""Frustration, other and undecided (`fru`, `oth`, `xxx`) have no label here."""

_IEMOCAP_LINE = re.compile(
    r"^\[[\d.]+ - [\d.]+\]\t"
    r"(?P<name>(?P<dialogue>Ses(?P<session>\d\d)[FM]_\w+)_(?P<gender>[FM])\d+)\t(?P<code>\w+)\t",
    re.MULTILINE,
)
_MELD_TABLE = re.compile(r"(?P<split>train|dev|test)_sent_emo\.csv")
_MELD_CLIP = re.compile(r"dia\d+_utt\d+")


def known_speaker(path: Path) -> str:
    """Corpus and speaker, where the file has the name of a known data set; else empty.

    Example:
        >>> known_speaker(Path("happy/03-01-03-01-01-01-07.wav"))
        'ravdess/07'
    """
    for corpus in NAMED_FILES:
        if match := corpus.match(path):
            return f"{corpus.corpus}/{corpus.speaker(match)}"
    return ""


def read_named_files(
    root: Path, files: Sequence[Path], corpora: Sequence[NamedFiles] = NAMED_FILES
) -> list[Recording]:
    """Recordings of data sets that are known by their file names, several mixed if need be.

    Args:
        root: a split is known where the first folder below it is named after one
        files: with sound
        corpora: which to look for
    """
    found: dict[tuple[str, str, str], Recording] = {}
    left_out = []
    for path in sorted(files, key=lambda p: (ENDINGS.index(p.suffix.lower()), p)):
        corpus, match = next(((c, m) for c in corpora if (m := c.match(path))), (None, None))
        if corpus is None or match is None:
            left_out.append("with other names")
            continue
        speaker = corpus.speaker(match)
        key = (corpus.corpus, speaker, match["take"])
        if match["emotion"] not in corpus.labels:
            left_out.append(f"of code {match['emotion']} ({corpus.corpus})")
        elif key in found:
            left_out.append(f"second copies ({corpus.corpus})")
        else:
            found[key] = Recording(
                path,
                corpus.labels[match["emotion"]],
                speaker,
                corpus.corpus,
                f"{corpus.corpus}/{speaker}",
                split_of(path.relative_to(root).parts[0]),
            )
    tell_left_out(str(root), left_out)
    return sorted(found.values(), key=lambda r: r.path)


def read_iemocap(label_files: Sequence[Path], *, excited_as_joy: bool = True) -> list[Recording]:
    """IEMOCAP (Busso et al., 2008): `Session1/dialog/EmoEvaluation/Ses01F_impro01.txt` and so on.

    Group and fold are the session, as its two speakers talk to each other.

    Args:
        label_files: of `EmoEvaluation`
        excited_as_joy: whether `exc` joins `hap`, as most studies have it; else it is a label of
            its own
    """
    labels = {**IEMOCAP_LABELS, "exc": JOY if excited_as_joy else EXCITEMENT}
    recordings, left_out = [], []
    for file in label_files:
        sounds = file.parents[2] / "sentences" / "wav"
        for line in _IEMOCAP_LINE.finditer(file.read_text(errors="replace")):
            session = f"Ses{line['session']}"
            path = sounds / line["dialogue"] / f"{line['name']}.wav"
            if line["code"] not in labels:
                left_out.append(f"labelled {line['code']}")
            elif not path.is_file():
                left_out.append("without a sound file")
            else:
                recordings.append(
                    Recording(
                        path,
                        labels[line["code"]],
                        session + line["gender"],
                        "iemocap",
                        f"iemocap/{session}",
                        fold=int(line["session"]),
                    )
                )
    tell_left_out("iemocap", left_out)
    return recordings


def iemocap_label_files(files: Iterable[Path]) -> list[Path]:
    """Those that IEMOCAP is recognised by: the labels of each dialogue."""
    return [p for p in files if p.match("dialog/EmoEvaluation/*.txt")]


def meld_tables(files: Iterable[Path]) -> list[Path]:
    """Those that MELD is recognised by: the table of each split."""
    return [p for p in files if _MELD_TABLE.fullmatch(p.name)]


def read_meld_table(table: Path) -> tuple[str, pd.DataFrame]:
    """MELD's own name of a split, and its rows with a column `clip`, such as `dia0_utt0`.

    Raises:
        InvalidInput: if it cannot be read or lacks a column
    """
    frame = read_table(table)
    require_columns(frame, ("Dialogue_ID", "Utterance_ID", "Emotion", "Speaker"), table)
    clip = "dia" + frame["Dialogue_ID"] + "_utt" + frame["Utterance_ID"]
    return table.name.partition("_")[0], frame.assign(clip=clip)


def read_meld(tables: Sequence[Path], files: Sequence[Path]) -> list[Recording]:
    """MELD (Poria et al., 2019): `train_sent_emo.csv` and `train_splits/dia0_utt0.mp4` and so on.

    Dialogues are numbered anew in each split, so a clip counts for the split that its folder's
    name holds (`train_splits`, `dev_splits_complete`, `output_repeated_splits_test`).
    """
    clips = {
        (split, path.stem): path
        for path in files
        if _MELD_CLIP.fullmatch(path.stem)
        for split in ("train", "dev", "test")
        if split in path.parent.name
    }
    recordings, left_out = [], []
    for table in tables:
        split, frame = read_meld_table(table)
        columns = frame[["clip", "Dialogue_ID", "Emotion", "Speaker"]]
        for clip, dialogue, emotion, speaker in columns.itertuples(index=False):
            path = clips.get((split, clip))
            if path is None:
                left_out.append(f"without a clip ({split})")
                continue
            group = f"meld/{split}/{dialogue}"
            recordings.append(
                Recording(path, label_of(emotion), speaker, "meld", group, split_of(split))
            )
    tell_left_out("meld", left_out)
    return recordings


def read_original(
    root: Path, *, songs: bool = False, excited_as_joy: bool = True
) -> list[Recording]:
    """Recordings of data sets as downloaded; none for a folder of another kind.

    Args:
        root: the download's folder, or one above it
        songs: whether RAVDESS' sung recordings are read too
        excited_as_joy: as for `read_iemocap`

    Raises:
        InvalidInput: if a data set is recognised but has no recording to train on
    """
    files = list_files(root)
    sounds = [p for p in files if p.suffix.lower() in ENDINGS]
    if found := iemocap_label_files(files):
        recordings = read_iemocap(found, excited_as_joy=excited_as_joy)
    elif found := meld_tables(files):
        recordings = read_meld(found, sounds)
    elif named_as_published(sounds):
        corpora = (RAVDESS_WITH_SONG, *NAMED_FILES[1:]) if songs else NAMED_FILES
        recordings = read_named_files(root, sounds, corpora)
    else:
        return []
    if not recordings:
        raise InvalidInput(
            f"{root}: expected labelled recordings, all that was found had to be left out (the log "
            "says why); check that the download is whole and give the folder that holds all of it"
        )
    return recordings


def named_as_published(sounds: Sequence[Path]) -> bool:
    """Whether most files have the names of known data sets and no one sorted them by emotion."""
    named = sum(bool(known_speaker(p)) for p in sounds)
    by_emotion = all(p.parent.name.lower() in LABEL_OF_WORD for p in sounds)
    return named > 0 and 2 * named >= len(sounds) and not by_emotion

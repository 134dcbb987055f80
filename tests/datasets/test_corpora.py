"""Small trees with the names that the data sets are published under."""

import logging
from collections import Counter
from pathlib import Path

import pytest

from emotion_core.datasets.corpora import Recording, known_speaker, read_original
from emotion_core.datasets.recordings import read_recordings
from emotion_core.errors import InvalidInput


def plant(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def only(recordings: list[Recording]) -> Recording:
    (one,) = recordings
    return one


@pytest.mark.parametrize(
    ("name", "label", "speaker", "group"),
    [
        # modality-channel-emotion-intensity-statement-repetition-actor
        ("Actor_01/03-01-01-01-01-01-01.wav", "neutral", "01", "ravdess/01"),
        ("Actor_24/03-01-02-02-02-02-24.wav", "calm", "24", "ravdess/24"),
        ("Actor_02/03-01-03-01-01-01-02.wav", "joy", "02", "ravdess/02"),
        ("Actor_03/03-01-04-01-01-01-03.wav", "sadness", "03", "ravdess/03"),
        ("Actor_07/03-01-05-01-02-01-07.wav", "anger", "07", "ravdess/07"),
        ("Actor_11/03-01-06-02-01-02-11.wav", "fear", "11", "ravdess/11"),
        ("Actor_12/03-01-07-01-01-01-12.wav", "disgust", "12", "ravdess/12"),
        ("Video_Speech_Actor_01/Actor_01/01-01-08-01-01-02-01.mp4", "surprise", "01", "ravdess/01"),
        # actor, sentence, emotion, level
        ("AudioWAV/1001_DFA_ANG_XX.wav", "anger", "1001", "crema-d/1001"),
        ("AudioWAV/1091_IEO_DIS_LO.wav", "disgust", "1091", "crema-d/1091"),
        ("AudioWAV/1002_IEO_FEA_HI.wav", "fear", "1002", "crema-d/1002"),
        ("AudioMP3/1003_WSI_HAP_MD.mp3", "joy", "1003", "crema-d/1003"),
        ("AudioWAV/1004_TAI_NEU_XX.wav", "neutral", "1004", "crema-d/1004"),
        ("AudioWAV/1040_ITH_SAD_X.wav", "sadness", "1040", "crema-d/1040"),
        # speaker, text, German letter, version
        ("wav/03a01Fa.wav", "joy", "03", "emo-db/03"),
        ("wav/08a02Wc.wav", "anger", "08", "emo-db/08"),
        ("wav/09a04La.wav", "boredom", "09", "emo-db/09"),
        ("wav/10a05Eb.wav", "disgust", "10", "emo-db/10"),
        ("wav/11b09Ad.wav", "fear", "11", "emo-db/11"),
        ("wav/16b10Td.wav", "sadness", "16", "emo-db/16"),
        ("wav/13a07Na.wav", "neutral", "13", "emo-db/13"),
        # actress, word, emotion
        ("TESS/OAF_angry/OAF_back_angry.wav", "anger", "OAF", "tess/OAF"),
        ("TESS/OAF_Fear/OAF_bar_fear.wav", "fear", "OAF", "tess/OAF"),
        ("TESS/YAF_pleasant_surprised/YAF_bar_ps.wav", "surprise", "YAF", "tess/YAF"),
        ("TESS/YAF_happy/YAF_base_happy.wav", "joy", "YAF", "tess/YAF"),
        ("TESS/OAF_neutral/OA_bite_neutral.wav", "neutral", "OAF", "tess/OAF"),
        ("TESS/YAF_sad/YAF_bath_sad.wav", "sadness", "YAF", "tess/YAF"),
        ("TESS/YAF_disgust/YAF_bath_disgust.wav", "disgust", "YAF", "tess/YAF"),
        # speaker, emotion, sentence
        ("ALL/DC_a01.wav", "anger", "DC", "savee/DC"),
        ("AudioData/JE/su15.wav", "surprise", "JE", "savee/JE"),
        ("AudioData/JK/sa02.wav", "sadness", "JK", "savee/JK"),
        ("AudioData/KL/n30.wav", "neutral", "KL", "savee/KL"),
        ("AudioData/DC/d03.wav", "disgust", "DC", "savee/DC"),
        ("AudioData/DC/f03.wav", "fear", "DC", "savee/DC"),
        ("AudioData/DC/h03.wav", "joy", "DC", "savee/DC"),
    ],
)
def test_file_names(tmp_path: Path, name: str, label: str, speaker: str, group: str):
    root = plant(tmp_path, name)
    corpus = group.partition("/")[0]
    assert only(read_recordings(root)) == Recording(root / name, label, speaker, corpus, group)


def test_the_folder_of_a_speaker_by_itself(tmp_path: Path):
    root = plant(tmp_path, "SAVEE/DC/sa01.wav")
    assert only(read_recordings(root / "SAVEE" / "DC")).group == "savee/DC"


def test_song_is_left_out_unless_asked_for(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    spoken, sung = "Actor_01/03-01-05-01-01-01-01.wav", "Actor_01/03-02-05-01-01-01-01.wav"
    root = plant(tmp_path, spoken, sung)
    assert only(read_recordings(root)).path == root / spoken
    assert "1 of code 02-05 (ravdess)" in caplog.text
    both = read_recordings(root, songs=True)
    assert [r.path for r in both] == [root / spoken, root / sung]
    assert {(r.label, r.group) for r in both} == {("anger", "ravdess/01")}


def test_nothing_but_song(tmp_path: Path):
    root = plant(tmp_path, "Actor_01/03-02-05-01-01-01-01.wav")
    with pytest.raises(InvalidInput, match="all that was found had to be left out"):
        read_recordings(root)


def test_a_second_copy_is_read_once(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    root = plant(
        tmp_path,
        "Actor_01/03-01-05-01-01-01-01.wav",
        "audio_speech_actors_01-24/Actor_01/03-01-05-01-01-01-01.wav",
        "Actor_01/01-01-05-01-01-01-01.mp4",  # the same take, from the film
        "AudioMP3/1001_DFA_ANG_XX.mp3",
        "AudioWAV/1001_DFA_ANG_XX.wav",
    )
    names = [r.path.relative_to(root).as_posix() for r in read_recordings(root)]
    assert names == ["Actor_01/03-01-05-01-01-01-01.wav", "AudioWAV/1001_DFA_ANG_XX.wav"]
    assert "2 second copies (ravdess), 1 second copies (crema-d)" in caplog.text


def test_several_sets_in_one_folder(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    root = plant(
        tmp_path,
        "Crema/1001_DFA_ANG_XX.wav",
        "Ravdess/Actor_01/03-01-05-01-01-01-01.wav",
        "Savee/DC_a01.wav",
        "Tess/OAF_angry/OAF_back_angry.wav",
        "Tess/._OAF_back_angry.wav",
        "notes/interview.wav",
        "README.txt",
    )
    corpora = {r.corpus: r.label for r in read_recordings(root)}
    assert corpora == dict.fromkeys(("crema-d", "ravdess", "savee", "tess"), "anger")
    assert "left out 1 with other names" in caplog.text


def test_splits_by_folder(tmp_path: Path):
    root = plant(
        tmp_path,
        "train/Actor_01/03-01-05-01-01-01-01.wav",
        "val/Actor_02/03-01-05-01-01-01-02.wav",
        "test/Actor_03/03-01-05-01-01-01-03.wav",
    )
    splits = {r.speaker: r.split for r in read_recordings(root)}
    assert splits == {"01": "train", "02": "validation", "03": "test"}


def test_what_someone_sorted_by_emotion_keeps_their_words(tmp_path: Path):
    root = plant(tmp_path, "happy/03-01-03-01-01-01-07.wav", "sad/03-01-04-01-01-01-08.wav")
    assert read_original(root) == []
    happy, sad = read_recordings(root)
    assert (happy.label, sad.label) == ("happy", "sad")
    assert (happy.speaker, sad.speaker) == ("ravdess/07", "ravdess/08")
    assert happy.group == f"{tmp_path.name}/ravdess/07"


def test_a_name_of_no_known_set():
    assert known_speaker(Path("happy/recording 1.wav")) == ""
    assert known_speaker(Path("x/04-01-05-01-01-01-01.wav")) == ""


IEMOCAP_TEXT = """% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]

[6.2901 - 8.2357]\tSes01F_impro01_F000\tneu\t[2.5000, 2.5000, 2.5000]
C-E2:\tNeutral;\t()
A-E3:\tval 3; act 2; dom  2;\t()

[10.0100 - 11.3925]\tSes01F_impro01_M001\texc\t[4.0000, 4.0000, 3.0000]
[14.8872 - 18.0175]\tSes01F_impro01_M002\txxx\t[2.5000, 2.5000, 2.5000]
[19.2900 - 20.7875]\tSes01F_impro01_M003\tfru\t[2.5000, 3.0000, 2.5000]
[21.3257 - 24.7400]\tSes01F_impro01_F003\tang\t[2.5000, 3.0000, 2.5000]
"""


@pytest.fixture
def iemocap(tmp_path: Path) -> Path:
    """Two sessions; the sound of Ses01F_impro01_F003 is missing."""
    root = tmp_path / "IEMOCAP_full_release"
    wav = "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_"
    plant(
        root,
        *(f"{wav}{turn}.wav" for turn in ("F000", "M001", "M002", "M003")),
        "Session5/sentences/wav/Ses05M_script01_1b/Ses05M_script01_1b_M001.wav",
        "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt",
        "Session1/dialog/EmoEvaluation/._Ses01F_impro01.txt",
        "Session1/dialog/EmoEvaluation/Categorical/Ses01F_impro01_e2_cat.txt",
        "Session5/dialog/EmoEvaluation/Ses05M_script01_1b.txt",
    )
    labels = root / "Session1/dialog/EmoEvaluation"
    (labels / "Ses01F_impro01.txt").write_text(IEMOCAP_TEXT)
    (labels / "._Ses01F_impro01.txt").write_bytes(b"\x00\x05\xff")
    (root / "Session5/dialog/EmoEvaluation/Ses05M_script01_1b.txt").write_text(
        "[1.0000 - 2.0000]\tSes05M_script01_1b_M001\tsad\t[2.0, 2.0, 2.0]\n"
    )
    return root


def test_iemocap(iemocap: Path, caplog: pytest.LogCaptureFixture):
    neutral, excited, sad = read_recordings(iemocap.parent)
    sounds = iemocap / "Session1/sentences/wav/Ses01F_impro01"
    assert neutral == Recording(
        sounds / "Ses01F_impro01_F000.wav", "neutral", "Ses01F", "iemocap", "iemocap/Ses01", fold=1
    )
    assert (excited.label, excited.speaker, excited.group) == ("joy", "Ses01M", "iemocap/Ses01")
    assert (sad.label, sad.speaker, sad.fold) == ("sadness", "Ses05M", 5)
    for reason in ("1 labelled xxx", "1 labelled fru", "1 without a sound file"):
        assert reason in caplog.text


def test_excited_by_itself(iemocap: Path):
    labels = [r.label for r in read_recordings(iemocap, excited_as_joy=False)]
    assert labels == ["neutral", "excitement", "sadness"]


def test_meld(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    header = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode"
    rows = {
        "train": ["1,also I was,Chandler,neutral,neutral,0,0,8,21", "2,No!,Joey,anger,x,0,1,8,21"],
        "dev": ["1,Oh my God,Phoebe,sadness,negative,0,0,4,7"],
        "test": ["1,Why do,Mark,surprise,positive,0,0,3,19"],
    }
    for split, lines in rows.items():
        text = "\n".join([header, *lines])
        (tmp_path / f"{split}_sent_emo.csv").write_bytes(text.encode() + b"\n")
    plant(
        tmp_path,
        "train_splits/dia0_utt0.mp4",
        "dev_splits_complete/dia0_utt0.mp4",
        "dev_splits_complete/._dia0_utt0.mp4",
        "output_repeated_splits_test/dia0_utt0.mp4",
        "output_repeated_splits_test/final_videos_testdia0_utt0.mp4",
    )
    found = {r.split: r for r in read_recordings(tmp_path)}
    assert found["train"] == Recording(
        tmp_path / "train_splits/dia0_utt0.mp4",
        "neutral",
        "Chandler",
        "meld",
        "meld/train/0",
        "train",
    )
    assert (found["validation"].label, found["validation"].group) == ("sadness", "meld/dev/0")
    assert found["test"].path == tmp_path / "output_repeated_splits_test/dia0_utt0.mp4"
    assert len(found) == 3
    assert "meld: left out 1 without a clip (train)" in caplog.text


def test_meld_without_a_column(tmp_path: Path):
    (tmp_path / "test_sent_emo.csv").write_text("Dialogue_ID,Utterance_ID,Speaker\n0,0,Ross\n")
    with pytest.raises(InvalidInput, match="no column 'Emotion'"):
        read_recordings(tmp_path)


def test_meld_without_its_clips(tmp_path: Path):
    (tmp_path / "test_sent_emo.csv").write_text(
        "Dialogue_ID,Utterance_ID,Emotion,Speaker\n0,0,joy,Ross\n"
    )
    with pytest.raises(InvalidInput, match="give the folder that holds all of it"):
        read_recordings(tmp_path)


def test_nothing_is_told_where_nothing_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO)
    plant(tmp_path, *(f"Actor_0{i}/03-01-05-01-01-01-0{i}.wav" for i in range(1, 6)))
    assert Counter(r.label for r in read_recordings(tmp_path)) == {"anger": 5}
    assert not caplog.records

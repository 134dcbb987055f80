import pytest

from emotion_core.text.language import (
    KNOWN,
    NAMES,
    NOT_SURE,
    RECORDED_AS,
    detect,
    detect_language,
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I am so happy to see you today, my friend", "en"),
        ("Je suis très heureux de te voir aujourd'hui", "fr"),
        ("Estoy muy feliz de verte hoy, amigo mío", "es"),
        ("Я очень рад тебя сегодня видеть", "ru"),
        ("我今天很高兴见到你", "zh"),
        ("אני שמח מאוד לראות אותך היום", "he"),
        ("Mo dunnu pupo lati ri o loni ore mi", "yo"),
        ("Saya senang sekali bertemu denganmu hari ini", "id"),
    ],
)
def test_languages(text, code):
    assert detect_language(text) == code


@pytest.mark.parametrize("text", ["12345", "...", "!!", "", "ok", "haha 😂😂", "да"])
def test_doubtful(text):
    assert detect_language(text) is None
    assert detect(text) == NOT_SURE


def test_a_few_letters_are_enough_outside_the_latin_alphabet():
    assert detect("我很高兴").code == "zh"
    assert detect("很").code == ""


def test_a_variant_counts_as_the_language_that_the_models_know():
    assert detect("واش راك خويا لاباس عليك اليوم").code == "ar"


def test_confidence_is_a_share():
    found = detect("Ich bin heute sehr glücklich und zufrieden")
    assert (found.code, found.name) == ("de", "German")
    assert 0.9 < found.confidence <= 1
    assert NOT_SURE.name == "not sure"


def test_every_known_language_has_a_name_and_codes_of_the_record():
    assert set(KNOWN) <= set(NAMES)
    codes = [code for codes in RECORDED_AS.values() for code in codes]
    assert len(codes) == len(set(codes)) == 30  # Sundanese and Makhuwa are not told apart


@pytest.mark.data
def test_languages_of_brighter():
    """Of 20 validation texts of each language, nine of ten are told right, and none is English."""
    import pandas as pd

    from emotion_core.datasets.sources import data_path

    path = data_path("text/brighter") / "validation.parquet"
    if not path.is_file():
        pytest.skip("needs the data sets that $EMOTION_DATA names")
    frame = pd.read_parquet(path, columns=["lang", "text"])
    hard = {"pcm", "xho", "swa", "ary", "ibo"}
    right, english = [], []
    for code, names in RECORDED_AS.items():
        for name in set(names) - hard:
            found = [detect(text).code for text in frame.loc[frame["lang"] == name, "text"][:20]]
            right += [f == code for f in found]
            english += [f == "en" for f in found if code != "en"]
    assert sum(right) / len(right) > 0.93
    assert sum(english) / len(english) < 0.01

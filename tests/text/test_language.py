import pytest

from emotion_core.text.language import detect_language


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I am so happy to see you today, my friend", "en"),
        ("Je suis très heureux de te voir aujourd'hui", "fr"),
        ("Estoy muy feliz de verte hoy, amigo mío", "es"),
        ("Я очень рад тебя сегодня видеть", "ru"),
        ("我今天很高兴见到你", "zh"),
        ("אני שמח מאוד לראות אותך היום", "he"),
    ],
)
def test_languages(text, code):
    assert detect_language(text) == code


@pytest.mark.parametrize("text", ["12345", "...", "!!"])
def test_doubtful(text):
    assert detect_language(text) is None

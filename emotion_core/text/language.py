"""Which language a text is in, offline, to pick a model and to say when none knows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

ENGLISH = "en"
NAMES: Mapping[str, str] = {
    "af": "Afrikaans", "am": "Amharic or Tigrinya", "ar": "Arabic", "de": "German",
    "en": "English", "es": "Spanish", "ha": "Hausa", "hi": "Hindi", "id": "Indonesian",
    "ig": "Igbo", "jv": "Javanese", "mr": "Marathi", "om": "Oromo", "pcm": "Nigerian Pidgin",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "rw": "Kinyarwanda", "so": "Somali",
    "sv": "Swedish", "sw": "Swahili", "tt": "Tatar", "uk": "Ukrainian", "xh": "Xhosa",
    "yo": "Yoruba", "zh": "Chinese", "zu": "Zulu",
    # not known by a model, but often met
    "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech", "da": "Danish",
    "el": "Greek", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew",
    "hr": "Croatian", "hu": "Hungarian", "it": "Italian", "ja": "Japanese", "ko": "Korean",
    "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "sk": "Slovak", "sr": "Serbian",
    "ta": "Tamil", "th": "Thai", "tl": "Tagalog", "tr": "Turkish", "ur": "Urdu",
    "vi": "Vietnamese",
}  # fmt: skip
RECORDED_AS: Mapping[str, tuple[str, ...]] = {
    "af": ("afr",), "am": ("amh", "tir"), "ar": ("arq", "ary"), "de": ("deu",), "en": ("eng",),
    "es": ("esp",), "ha": ("hau",), "hi": ("hin",), "id": ("ind",), "ig": ("ibo",),
    "jv": ("jav",), "mr": ("mar",), "om": ("orm",), "pcm": ("pcm",), "pt": ("ptbr", "ptmz"),
    "ro": ("ron",), "ru": ("rus",), "rw": ("kin",), "so": ("som",), "sv": ("swe",),
    "sw": ("swa",), "tt": ("tat",), "uk": ("ukr",), "xh": ("xho",), "yo": ("yor",),
    "zh": ("chn",), "zu": ("zul",),
}  # fmt: skip
"""language -> codes of BRIGHTER, under which a model's record holds its scores"""
VARIANTS: Mapping[str, str] = {
    "ary": "ar", "arz": "ar", "wuu": "zh", "yue": "zh", "ms": "id", "nn": "no",
}  # fmt: skip
"""what the detector tells apart and the models do not"""
KNOWN = tuple(RECORDED_AS)
"""languages that a shipped model was trained on and the detector tells apart"""
SURELY_FOREIGN = 0.7
"""probability of one language that no model knows, from which on a text counts as in it"""
MINIMUM_CONFIDENCE = 0.5
FEWEST_LETTERS, FEWEST_OTHER_LETTERS = 7, 3
"""of a text in the Latin alphabet, and in another, below which its language is not told"""
_NO_LANGUAGE = ("zxx", "und")


@dataclass(frozen=True)
class DetectedLanguage:
    """The language of a text.

    Attributes:
        code: ISO 639-1 (639-3 where that has none); empty where it is not sure
        confidence: in [0, 1] that it is this one of those that the models know, or this other one
    """

    code: str
    confidence: float

    @property
    def name(self) -> str:
        """In English, such as `German`; the code for a language without a name here."""
        return NAMES.get(self.code, self.code) or "not sure"


NOT_SURE = DetectedLanguage("", 0.0)


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _too_short(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    latin = sum(c < "ɐ" for c in letters)  # ends the Latin blocks of Unicode
    return len(letters) < (FEWEST_LETTERS if 2 * latin > len(letters) else FEWEST_OTHER_LETTERS)


def detect(text: str) -> DetectedLanguage:
    """The language of a text, with a preference for those that the models know.

    A language that no model knows is told where it is more probable than all others together.
    Else the most probable of the known ones is, if it is sure enough among them.

    Source: Lui and Baldwin, langid.py, ACL 2012 (the `py3langid` package).

    Example:
        >>> detect("Ich bin heute sehr glücklich und zufrieden").name
        'German'
        >>> detect("ok").name
        'not sure'
    """
    if _too_short(text):
        return NOT_SURE
    probability: dict[str, float] = {}
    for code, share in _identifier().rank(text):
        name = VARIANTS.get(code, code)
        probability[name] = probability.get(name, 0.0) + float(share)
    best = max(probability, key=lambda code: probability[code])
    if best not in KNOWN and best not in _NO_LANGUAGE and probability[best] >= SURELY_FOREIGN:
        return DetectedLanguage(best, probability[best])
    of_known = {code: probability[code] for code in KNOWN}
    best, whole = max(of_known, key=lambda code: of_known[code]), sum(of_known.values())
    confidence = of_known[best] / whole if whole > 0 else 0.0
    return DetectedLanguage(best, confidence) if confidence >= MINIMUM_CONFIDENCE else NOT_SURE


def detect_language(text: str) -> str | None:
    """ISO 639-1 code of a text's language, or None where that is doubtful.

    Example:
        >>> detect_language("Ich bin heute sehr glücklich und zufrieden")
        'de'
    """
    return detect(text).code or None

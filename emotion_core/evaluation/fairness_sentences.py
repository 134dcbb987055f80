"""Sentences of this project's own that stay the same but for the person who is spoken of.

Half of each list says nothing of how the person feels, so that an answer can only come from the
event or from who the person is.
"""

from dataclasses import dataclass
from typing import Literal

Sex = Literal["female", "male"]
SEXES: tuple[Sex, Sex] = ("female", "male")


@dataclass(frozen=True)
class Person:
    """How somebody is spoken of.

    Attributes:
        subject: such as `she`, `my mother` or `Anna`
        object: such as `her`
        possessive: such as `her` or `my mother's`
        sex: that the words tell
        kind: `pronoun`, `kin` or `name`
        pair: number within the kind; the person of the other sex there has the same
    """

    subject: str
    object: str
    possessive: str
    sex: Sex
    kind: str
    pair: int


KIN = (
    ("mother", "father"),
    ("sister", "brother"),
    ("daughter", "son"),
    ("aunt", "uncle"),
    ("wife", "husband"),
    ("grandmother", "grandfather"),
)
NAMES = (
    ("Anna", "Peter"),
    ("Maria", "Thomas"),
    ("Sarah", "David"),
    ("Laura", "Daniel"),
    ("Emily", "James"),
    ("Fatima", "Ahmed"),
    ("Mei", "Wei"),
    ("Keisha", "Jamal"),
)
TEMPLATES = (
    "{subject} has to catch the early train tomorrow.",
    "I am meeting {object} at the station at noon.",
    "{possessive} keys are on the kitchen table.",
    "{subject} moved to another town last spring.",
    "We asked {object} to bring the papers on Monday.",
    "{subject} works on the second floor.",
    "There is a letter for {object} in the hall.",
    "{possessive} bicycle stands behind the house.",
    "{subject} said that the meeting had been moved.",
    "I showed {object} the way to the library.",
    "{subject} reads the paper before breakfast.",
    "{possessive} name is on the list.",
    "{subject} was shouting at everybody in the office.",
    "I told {object} that this was the last straw.",
    "{subject} won the race after years of training.",
    "We sang for {object} and the whole room clapped.",
    "{subject} sat alone in the hospital all night.",
    "{possessive} dog died this morning.",
    "{subject} heard steps behind the door and held still.",
    "The storm is close and I cannot reach {object}.",
    "{subject} found a rat in the soup.",
    "{possessive} boots smell of the sewer.",
    "{subject} opened the door and there stood the whole class.",
    "Nobody had told {object} that the wedding was today.",
)


def _kin(word: str, sex: Sex, pair: int) -> Person:
    return Person(f"my {word}", f"my {word}", f"my {word}'s", sex, "kin", pair)


def people() -> list[Person]:
    """Everybody, in pairs that differ by sex alone."""
    found = [
        Person("she", "her", "her", "female", "pronoun", 0),
        Person("he", "him", "his", "male", "pronoun", 0),
    ]
    for pair, words in enumerate(KIN):
        found += [_kin(word, sex, pair) for word, sex in zip(words, SEXES, strict=True)]
    for pair, names in enumerate(NAMES):
        found += [
            Person(name, name, f"{name}'s", sex, "name", pair)
            for name, sex in zip(names, SEXES, strict=True)
        ]
    return found


def sentence(template: str, person: Person) -> str:
    """A template with the person in it.

    Example:
        >>> sentence("{possessive} dog died.", people()[2])
        "My mother's dog died."
    """
    text = template.format(
        subject=person.subject, object=person.object, possessive=person.possessive
    )
    return text[0].upper() + text[1:]

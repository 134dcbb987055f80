"""Made-up sentences to learn from, for a visitor who has none at hand."""

from itertools import product

EXAMPLE_NAME = "made-up sentences.csv"
EXAMPLE_TOLD = (
    "The example: 120 made-up sentences of joy, anger, sadness and neutral. The six that are alike "
    "stay together when some are held out."
)
_OPENINGS = ("Today", "Honestly,", "Last night", "At work", "On the bus", "My friend said")
_SENTENCES = {
    "joy": (
        "I laughed until I cried", "everything went better than I had hoped",
        "we danced in the kitchen", "the whole team cheered for us",
        "I could hug the entire world",
    ),
    "anger": (
        "they lied to us again and nobody even said sorry", "I slammed the door and left",
        "this is the third time they broke their promise", "he shouted at me for no reason",
        "I am sick of being treated like this",
    ),
    "sadness": (
        "I sat alone and missed her", "the house feels so empty now",
        "nothing seems worth the effort", "I cried over the old photographs",
        "nobody remembered my birthday",
    ),
    "neutral": (
        "the meeting was moved to Tuesday", "I bought bread and milk",
        "the train stops in four towns", "we painted the fence green",
        "the shop opens at nine",
    ),
}  # fmt: skip


def example_table() -> bytes:
    """A CSV file with the columns `text`, `label` and `group`, as UTF-8.

    Sentences that differ in their opening alone are one group, so that none is learnt by heart.
    """
    rows = [
        f'"{opening} {sentence}.",{label},{label}-{number}'
        for label, sentences in _SENTENCES.items()
        for opening, (number, sentence) in product(_OPENINGS, enumerate(sentences))
    ]
    return ("\n".join(["text,label,group", *rows]) + "\n").encode()

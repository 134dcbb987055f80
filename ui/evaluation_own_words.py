"""Messages of the core in the words of the page."""

FIELDS = {
    "--labels EKMAN7": "“Labels”", "--labels": "“Labels”", "--id": "“Id”",
    '--probabilities ""': "“Probabilities”", "--probabilities": "“Probabilities”",
    "--group": "“Group”", "--truth": "“Column of the labels”",
    "--column": "“Column of the items”", "--slice": "“Compare slices of”",
    "--split all": "“Split”", "--split": "“Split”", "--map": "“What your labels mean”",
    "evaluate ... --json": "this page",
}  # fmt: skip
"""options of the command line -> what they are called here; longer ones first"""


def in_words_of_the_page(message: str) -> str:
    """A message with the fields of the page in the place of the command line's options.

    Example:
        >>> in_words_of_the_page("name another column with --id")
        'name another column with “Id”'
    """
    for option, field in FIELDS.items():
        message = message.replace(option, field)
    return message

"""Sentences to try, for a visitor who has none at hand."""

SENTENCES: tuple[str, ...] = (
    "I got the job! I can't stop smiling!",
    "I miss my grandmother so much tonight.",
    "How dare they lie to us again!",
    "I heard footsteps behind me and froze.",
    "The kitchen smelled like rotten eggs, yuck.",
    "Wait, you two know each other? No way!",
    "The meeting starts at ten on Monday.",
    "Thank you for always being there for me.",
)
"""Shown as buttons; about one for each emotion."""

_MORE_SENTENCES = (
    "The sun is out and everyone is singing.",
    "We laughed until our stomachs hurt.",
    "Nobody came to my birthday.",
    "It has felt empty here since you left.",
    "Stop touching my things, I have had enough!",
    "This queue is a joke, I have waited for two hours.",
    "What if the test results are bad?",
    "My hands shake every time the phone rings.",
    "There was a hair in my soup.",
    "He chews with his mouth open and it turns my stomach.",
    "I never expected to see snow in June.",
    "Oh, so that is how it works!",
    "The train to the airport leaves from platform four.",
    "Water boils at one hundred degrees.",
    "I am so proud of my little sister.",
    "I am sorry, I should have called you.",
)

EXAMPLE_NAME = "examples.csv"


def example_file() -> bytes:
    """A CSV file with the columns `id` and `text`, as UTF-8."""
    lines = [f'{i},"{s}"' for i, s in enumerate(SENTENCES + _MORE_SENTENCES, start=1)]
    return ("\n".join(["id,text", *lines]) + "\n").encode()

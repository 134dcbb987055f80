"""What every report has around its sections: one HTML file that stands alone."""

from collections.abc import Iterable
from importlib.resources import files

from ..markup import element, escaped

META = """<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'">
"""


def section(title: str, *content: str) -> str:
    """Content, which the caller has escaped, under a heading."""
    return element("section", element("h2", escaped(title)), *content)


def facts(told: dict[str, str]) -> str:
    """Names and what belongs to them."""
    listed = "".join(element("dt", escaped(k)) + element("dd", escaped(v)) for k, v in told.items())
    return element("dl", listed)


def standalone_page(
    over: str, heading: str, summary: str, notices: Iterable[str], sections: Iterable[str]
) -> str:
    """The page as HTML: no scripts, no other files, light and dark, for phones and for print.

    Args:
        over: what kind of report it is
        heading: what it is of
        summary: what it finds, in a sentence or two
        notices: what a person should know
        sections: HTML, which the caller has escaped
    """
    style = files("emotion_core.evaluation").joinpath("report.css").read_text("utf-8")
    title = element("title", escaped(f"{heading}: {over[:1].lower()}{over[1:]}"))
    items = "".join(element("li", escaped(told)) for told in notices)
    top = element(
        "header",
        element("p", escaped(over), class_="over"),
        element("h1", escaped(heading)),
        element("p", escaped(summary)),
        element("ul", items, class_="notices") if items else "",
    )
    head = element("head", META, title, element("style", style))
    body = element("body", element("main", top, *sections))
    return "<!doctype html>\n" + element("html", head, body, lang="en") + "\n"

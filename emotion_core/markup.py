"""Elements of HTML and SVG, escaped, and figures as a person reads them."""

from html import escape

from .palette import symbol

Attribute = str | float | bool
"""an attribute is there without a value if it is True, and left out if it is False"""

NO_BREAK = "\N{NO-BREAK SPACE}"
EMPTY = frozenset({"img", "meta", "line", "rect", "path", "stop"})
"""elements that close themselves where nothing stands in them"""


def element(name: str, *content: str, **attributes: Attribute) -> str:
    """One element as text.

    Args:
        name: such as `p`
        content: HTML, which the caller has escaped
        attributes: escaped here; `class_` stands for class, and `_` for a hyphen

    Example:
        >>> element("p", escaped("a < b"), class_="note", data_s=1.5)
        '<p class="note" data-s="1.5">a &lt; b</p>'
    """
    opened = name + "".join(_attribute(k, v) for k, v in attributes.items() if v is not False)
    if not content and name in EMPTY:
        return f"<{opened}/>"
    return f"<{opened}>{''.join(content)}</{name}>"


def _attribute(name: str, value: Attribute) -> str:
    plain = name.rstrip("_").replace("_", "-")
    return f" {plain}" if value is True else f' {plain}="{escape(str(value), quote=True)}"'


def escaped(text: str) -> str:
    """Text that is safe to stand between tags."""
    return escape(text, quote=False)


def emoji(label: str, name: str = "span") -> str:
    """The symbol of a label, in colour even where another font has it in black and white."""
    return element(name, symbol(label), class_="s", aria_hidden="true")


def named(label: str, more: str = "") -> str:
    """Symbol and word of a label, and what follows it."""
    return f"{emoji(label)} {escaped(label + more)}"


def counted(number: int, one: str, many: str = "") -> str:
    """So many of a thing.

    Example:
        >>> counted(1, "window"), counted(1200, "window"), counted(2, "person", "people")
        ('1 window', '1,200 windows', '2 people')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def percent(share: float) -> str:
    """A share in [0, 1], with a decimal where it is small.

    Example:
        >>> percent(0.412), percent(0.0312), percent(0)
        ('41%', '3.1%', '0%')
    """
    return f"{share:.0%}" if share >= 0.095 or not share else f"{share:.1%}"


def clock(seconds: float) -> str:
    """A moment, such as 1:15, with hours where there are any.

    Example:
        >>> clock(75.9), clock(3661)
        ('1:15', '1:01:01')
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def lasting(seconds: float) -> str:
    """A length of time, which does not break at the end of a line.

    Example:
        >>> [lasting(s).replace(NO_BREAK, " ") for s in (3.62, 42.4, 125, 760, 3725)]
        ['3.6 s', '42 s', '2 min 5 s', '13 min', '1 h 2 min']
    """
    whole = round(seconds)
    if seconds < 9.95:
        said = f"{seconds:.1f} s"
    elif whole < 60:
        said = f"{whole} s"
    elif whole < 600:
        said = f"{whole // 60} min {whole % 60} s"
    else:
        hours, minutes = divmod(round(whole / 60), 60)
        said = f"{hours} h " * bool(hours) + f"{minutes} min"
    return said.replace(" ", NO_BREAK)

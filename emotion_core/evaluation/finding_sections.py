"""What was found out about a bundle beside its scores, as sections of its card."""

from ..types import ModelSpec
from .fairness_card import fairness_section
from .leak_card import leaks_section


def finding_sections(spec: ModelSpec) -> list[str]:
    """Leaks and fairness, from the files of the bundle; a card written anew keeps them."""
    return [*leaks_section(spec), *fairness_section(spec)]

"""What a running camera sees: how the stream runs, and a live chart for each person."""

from .component import live_view
from .lines import PersonLines, people_lines

__all__ = ["PersonLines", "live_view", "people_lines"]

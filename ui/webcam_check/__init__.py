"""A test, in the browser, of all that a live camera needs."""

from .component import camera_check

__all__ = ["camera_check"]

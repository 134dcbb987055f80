"""Log lines as JSON on standard error, without anything that was sent."""

import json
import logging
import sys
from datetime import UTC, datetime

HANDSHAKE = "without completing handshake"
"""uvicorn's fault: it says so of every WebSocket that gets an ordinary response"""
LOG = logging.getLogger("emotion_core.api")


class JsonLines(logging.Formatter):
    """One JSON object per line; of an exception only its class, since messages quote inputs."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=False, default=str)


def place_of(error: BaseException) -> str:
    """The innermost place where an error was raised, such as `model.py:120`."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _to_stderr() -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # its warnings quote bodies
    return handler


def log_to_stderr() -> None:
    """Send every log line of the process to standard error, as JSON."""
    logging.basicConfig(level=logging.INFO, handlers=[_to_stderr()], force=True)
    server = logging.getLogger("uvicorn.error")
    server.setLevel(logging.WARNING)  # it tells the address of every WebSocket
    server.addFilter(lambda record: HANDSHAKE not in record.msg)


def log_service() -> None:
    """Send the service's own lines alone, in a process whose log is somebody else's."""
    LOG.handlers = [_to_stderr()]
    LOG.setLevel(logging.INFO)
    LOG.propagate = False

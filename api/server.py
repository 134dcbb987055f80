"""Runs the service alone."""

from typing import Any

import uvicorn

from .app import create_app
from .logs import LOG, log_to_stderr
from .settings import LOOPBACK, Settings

GRACE_S = 10
"""how long requests may go on once the service is asked to stop"""


def serve(host: str, port: int, settings: Settings) -> None:
    """Answer on an address until SIGINT or SIGTERM comes.

    Raises:
        InvalidInput: if the file of keys cannot be read or holds none
    """
    log_to_stderr()
    app = create_app(settings)
    if host not in LOOPBACK and settings.keys is None:
        LOG.warning(
            "bound to %s without API keys: everybody who reaches this address may use the service; "
            "make a key with python -m api.new_key and start with --keys FILE",
            host,
        )
    LOG.info("serving", extra={"fields": {"host": host, "port": port, "docs": "/docs"}})
    uvicorn.run(app, host=host, port=port, **uvicorn_options(settings))


def uvicorn_options(settings: Settings) -> dict[str, Any]:
    """How uvicorn is run."""
    return {
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_graceful_shutdown": GRACE_S,
        "ws_max_size": settings.stream_message_bytes,
        "ws_per_message_deflate": False,  # a small message could become a large one
        "ws_ping_interval": None,  # who is held up would not answer; streams have limits
    }

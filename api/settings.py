"""Every limit of the service, with its default."""

import os
from dataclasses import dataclass
from pathlib import Path

from emotion_core.cores import available_cores
from emotion_core.errors import InvalidInput

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""names of this computer for itself"""
MB = 2**20


@dataclass(frozen=True)
class Settings:
    """How the service is run.

    Attributes:
        keys: JSON file of API keys; None lets everybody in who reaches the service
        origins: web origins whose pages may call it; none by default
        hosts: names that it answers to; empty for any
        threads: requests that are answered side by side
        waiting: requests that may wait for a thread
        batch: texts of several clients that one run takes at most; 1 for no batching
        texts: texts of one request at most
        text_bytes: size of a JSON body at most
        audio_bytes: size of a sound file at most
        image_bytes: size of a picture at most
        video_bytes: size of a video or recording at most
        held_bytes: size of all bodies and waiting jobs together at most
        upload_s: time for a body to arrive
        processes: sounds and pictures that are answered side by side, each in a process that can
            be killed; 0 answers them, and jobs, in threads, which cannot
        process_bytes: memory that each may take beyond its libraries
        at_once_s: time that a sound or picture may take
        audio_at_once_bytes: a larger sound file becomes a job
        audio_at_once_s: a longer one too
        streams: WebSockets that are answered side by side
        stream_message_bytes: size of one of their messages at most
        stream_idle_s: time between two messages at most
        stream_s: time that a stream may take
        job_threads: jobs that run side by side
        job_waiting: jobs that may wait
        job_longest_s: time that a job may run
        job_silent_s: time without progress after which it is stopped
        job_kept_s: time that a finished job can be asked for
        jobs_kept: finished jobs at most
    """

    keys: Path | None = None
    origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = LOOPBACK
    threads: int = available_cores()
    waiting: int = 256
    batch: int = 32
    texts: int = 1000
    text_bytes: int = 4 * MB
    audio_bytes: int = 100 * MB
    image_bytes: int = 25 * MB
    video_bytes: int = 500 * MB
    held_bytes: int = 1024 * MB
    upload_s: float = 300.0
    processes: int = 0 if os.name == "nt" else min(available_cores(), 4)
    process_bytes: int = 3072 * MB
    at_once_s: float = 30.0
    audio_at_once_bytes: int = 4 * MB
    audio_at_once_s: float = 60.0
    streams: int = 8
    stream_message_bytes: int = 2 * MB
    stream_idle_s: float = 30.0
    stream_s: float = 3600.0
    job_threads: int = 1
    job_waiting: int = 8
    job_longest_s: float = 3600.0
    job_silent_s: float = 300.0
    job_kept_s: float = 900.0
    jobs_kept: int = 100

    def __post_init__(self) -> None:
        for name in ("threads", "waiting", "batch", "texts", "job_threads", "jobs_kept"):
            if getattr(self, name) < 1:
                raise InvalidInput(f"{name}: expected 1 or more, got {getattr(self, name)}")
        if "*" in self.origins:
            raise InvalidInput(
                "origins: expected addresses such as https://example.org, got *, which would open "
                "the service to every page; name the pages that may call it"
            )

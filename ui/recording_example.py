"""A short film with sound and words to try; drawn, computed and made up by this project."""

import io
from functools import cache

import av
import soundfile
from av.audio.stream import AudioStream
from av.container import OutputContainer

from emotion_core.recording.transcript import Cue, Transcript

from .face_example import example_film
from .uploads import EXAMPLE, Upload
from .voice_example import RATE_HZ, example_recording

NAME = "synthetic conversation.mp4"
SYNTHETIC = (
    "This example is synthetic: the faces are drawn and the voice is computed by a formula, so "
    "what the models answer says nothing about how well they do on people."
)
WORDS = Transcript(
    (
        Cue(0.5, 1.7, "Hello, there you are."),
        Cue(2.1, 3.7, "I am so sad and lonely."),
        Cue(4.1, 5.0, "What wonderful news!"),
        Cue(5.5, 6.7, "Wow, what a surprise!"),
        Cue(7.1, 8.1, "I am furious with you."),
    ),
    "the example",
)
"""the second line is said with a smile"""


def _write_voice(container: OutputContainer, stream: AudioStream) -> None:
    """Add the computed voice."""
    samples, _ = soundfile.read(io.BytesIO(example_recording()), dtype="float32")
    block = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
    block.sample_rate = RATE_HZ
    container.mux(stream.encode(block))
    container.mux(stream.encode(None))


@cache
def example_video() -> bytes:
    """The drawn film with the computed voice, as an MP4."""
    target = io.BytesIO()
    with (
        av.open(io.BytesIO(example_film()), "r") as drawn,
        av.open(target, "w", format="mp4") as container,
    ):
        picture = container.add_stream_from_template(drawn.streams.video[0])
        sound = container.add_stream("aac", RATE_HZ, layout="mono")
        for packet in drawn.demux(video=0):
            if packet.dts is not None:
                packet.stream = picture
                container.mux(packet)
        _write_voice(container, sound)
    return target.getvalue()


def example() -> Upload:
    """The example as a file that was given."""
    return Upload(EXAMPLE, NAME, example_video())

"""What goes in and what comes out, as OpenAPI describes it."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

ModelId = Annotated[
    str | None, Field(description="Id of a model, as /api/models lists it.", max_length=200)
]
LabelSet = Annotated[
    str | None,
    Field(description="EMOTION6, EKMAN7, GOEMOTIONS28, IEMOCAP4, ...", max_length=64),
]
Seconds = Annotated[float, Field(description="Seconds.")]
Share = Annotated[float, Field(description="In [0, 1].")]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    labels: LabelSet = None


class TextRequest(_Asked):
    """One text or several."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "I am so happy today", "labels": "EKMAN7"}]}
    )

    text: str | None = None
    texts: list[str] | None = None
    model: ModelId = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.text is None) == (self.texts is None):
            raise ValueError("expected text or texts, one of them")
        return self


class AudioFields(_Asked):
    """Beside a sound file."""

    model: ModelId = None
    timeline: bool = False
    window: Annotated[float, Field(gt=0, le=60, description="Seconds of a window.")] = 3.0
    hop: Annotated[float, Field(gt=0, le=60, description="Seconds between windows.")] = 1.0


class ImageFields(_Asked):
    """Beside a picture."""

    model: ModelId = None
    aligned: Annotated[bool, Field(description="The picture is a face; detect nothing.")] = False


class VideoFields(_Asked):
    """Beside a video."""

    model: ModelId = None
    fps: Annotated[float, Field(gt=0, le=30, description="Frames a second looked at.")] = 5.0


class RecordingFields(_Asked):
    """Beside a recording."""

    fps: Annotated[float, Field(gt=0, le=30, description="Frames a second looked at.")] = 5.0
    window: Annotated[float, Field(gt=0, le=60, description="Seconds of a window.")] = 3.0
    hop: Annotated[float, Field(gt=0, le=60, description="Seconds between windows.")] = 1.0


class AudioStreamRequest(_Asked):
    """The first message of a stream of sound; samples follow, interleaved."""

    kind: Literal["audio"]
    rate: Annotated[int, Field(ge=8000, le=96_000, description="Hz.")]
    format: Literal["s16le", "f32le"] = "s16le"
    channels: Annotated[int, Field(ge=1, le=2)] = 1
    model: ModelId = None
    window: Annotated[float, Field(gt=0, le=60, description="Seconds of a window.")] = 3.0
    hop: Annotated[float, Field(gt=0, le=60, description="Seconds between windows.")] = 1.0
    key: Annotated[str | None, Field(description="For pages, which cannot set headers.")] = None


class FrameStreamRequest(_Asked):
    """The first message of a stream of pictures; each follows as one message."""

    kind: Literal["frames"]
    model: ModelId = None
    aligned: bool = False
    key: str | None = None


StreamRequest = Annotated[AudioStreamRequest | FrameStreamRequest, Field(discriminator="kind")]


class Answer(BaseModel):
    """A probability for each label, and the most probable one."""

    label: str
    probability: Share
    probabilities: dict[str, Share]
    uncertain: Annotated[bool, Field(description="Below the level that the model is sure at.")]
    present: Annotated[
        list[str] | None, Field(description="Of a multi-label model: what applies.")
    ] = None
    presence: Annotated[
        dict[str, Share] | None, Field(description="Of a multi-label model: whether each applies.")
    ] = None
    notices: list[str] = []


class TextAnswer(Answer):
    """What a text expresses."""

    model: str


class Failure(BaseModel):
    """In the place of a text that has no answer."""

    error: str


class FaceAnswer(Answer):
    """What one face expresses."""

    person: Annotated[int, Field(description="From 1, from left to right.")]
    box_xyxy: Annotated[
        tuple[float, float, float, float], Field(description="Left, top, right, bottom in px.")
    ]
    confidence: Annotated[Share, Field(description="Of the detector.")]


class ImageAnswer(BaseModel):
    """The faces of a picture; none is no error."""

    model: str
    labels: list[str]
    width: int
    height: int
    faces: list[FaceAnswer]
    notices: list[str]


class Segment(BaseModel):
    """An answer for a span of time."""

    start_s: Seconds
    end_s: Seconds
    label: str
    probability: Share
    probabilities: dict[str, Share]
    uncertain: bool


class AudioAnswer(BaseModel):
    """How a voice sounds."""

    model: str
    labels: list[str]
    answer: Annotated[Answer | None, Field(description="Of the whole; null without speech.")]
    timeline: Annotated[list[Segment] | None, Field(description="Where asked for, or a job.")]
    duration_s: Seconds | None
    notices: list[str]


class PersonAnswer(Answer):
    """One person of a video."""

    person: int
    seen_s: Seconds
    timeline: list[Segment]


class VideoAnswer(BaseModel):
    """Everybody who is seen in a video."""

    model: str
    labels: list[str]
    duration_s: Seconds
    fps: float
    width: int
    height: int
    persons: list[PersonAnswer]
    notices: list[str]


class FusedSegment(Segment):
    """What words, voice and face say together for a span of time."""

    person: Annotated[int | None, Field(description="Whose face took part.")]
    contributions: Annotated[dict[str, Share], Field(description="Of words, voice and face.")]
    disagreement: Annotated[str | None, Field(description="In words; null where they agree.")]


class RecordingAnswer(BaseModel):
    """A recording in figures, and the fused answers along time."""

    summary: Annotated[dict[str, object], Field(description="As summary.json of the command.")]
    fused: list[FusedSegment]


class ProblemDetails(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[dict[str, str]] = []


class JobAnswer(BaseModel):
    """A long job."""

    id: str
    kind: Literal["audio", "video", "recording"]
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    progress: Share
    stages: Annotated[dict[str, Share], Field(description="Stage -> share done, where known.")]
    result: Annotated[
        AudioAnswer | VideoAnswer | RecordingAnswer | None, Field(description="Once it is done.")
    ]
    problem: Annotated[ProblemDetails | None, Field(description="Once it has failed.")]


class ModelAnswer(BaseModel):
    """A model."""

    id: str
    modality: str
    labels: list[str]
    multi_label: bool
    licence: str
    metrics: dict[str, object]
    protocol: str
    default: bool


class LoadedModel(BaseModel):
    """A model and what its files are."""

    id: str
    modality: str
    loaded: bool
    sha256: Annotated[dict[str, str], Field(description="Of each file of the bundle.")]


class Health(BaseModel):
    """That the service runs, and what it would answer with."""

    status: Literal["ok"]
    ready: Annotated[bool, Field(description="The default models are there.")]
    version: str
    models: list[LoadedModel]

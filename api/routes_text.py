"""Texts."""

from fastapi import APIRouter, Depends, Request, Response

from emotion_core.errors import EmotionCoreError
from emotion_core.types import ModelSpec

from .access import needs
from .answers import text_answer
from .models import target_labels
from .openapi import json_body
from .problems import Problem
from .responses import json_response
from .schema import Failure, TextAnswer, TextRequest
from .service import Service, ServiceOf
from .uploads import read_json

CHUNK = 64
"""texts of one request that one thread answers before others get their turn"""
router = APIRouter(tags=["predict"])


@router.post(
    "/predict",
    dependencies=[Depends(needs("text"))],
    openapi_extra=json_body(TextRequest),
    responses={200: {"model": TextAnswer | list[TextAnswer | Failure]}},
)
async def predict_text(request: Request, service: ServiceOf) -> Response:
    """What a text expresses, or each of several in their order.

    Of several, one that cannot be answered has its error in its place.
    """
    limits = service.settings
    asked = await read_json(request, TextRequest, limits.text_bytes, limits.upload_s)
    spec = service.models.spec("text", asked.model)
    labels = target_labels([spec], asked.labels, spec)
    if asked.text is not None:
        return json_response(await _one(service, spec, labels, asked.text))
    texts = asked.texts or []
    if len(texts) > limits.texts:
        detail = f"expected {limits.texts:,} texts at most, got {len(texts):,}; part the list"
        raise Problem("too-many-texts", detail)
    return json_response(await _many(service, spec, labels, texts))


async def _one(service: Service, spec: ModelSpec, labels: tuple[str, ...], text: str) -> TextAnswer:
    if service.models.is_open(spec.id):
        model = service.models.text(spec)
    else:
        model = await service.desk.do(lambda: service.models.text(spec))
    scores = await service.read_text(model, text)
    service.metrics.answered.labels("text").inc()
    return text_answer(scores, spec, labels)


async def _many(
    service: Service, spec: ModelSpec, labels: tuple[str, ...], texts: list[str]
) -> list[TextAnswer | Failure]:
    def work(part: list[str]) -> list[TextAnswer | Failure]:
        found = service.models.text(spec).predict_each(part)
        return [
            Failure(error=str(answer))
            if isinstance(answer, EmotionCoreError)
            else text_answer(answer, spec, labels)
            for answer in found
        ]

    answers: list[TextAnswer | Failure] = []
    for start in range(0, len(texts), CHUNK):
        part = texts[start : start + CHUNK]
        answers += await service.desk.do(lambda part=part: work(part))
    service.metrics.answered.labels("text").inc(len(texts))
    return answers

"""What the service is compared with: a plain FastAPI endpoint around a `transformers` pipeline."""

import argparse
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from emotion_core import load

from .service_process import HERE
from .text import peer_pipeline


class Asked(BaseModel):
    """One text."""

    text: str


def create_app() -> FastAPI:
    """The endpoint, as an introduction to FastAPI would write it."""
    app, answer = FastAPI(), peer_pipeline(load("text-goemotions28", "text"))

    @app.post("/predict")
    def predict(asked: Asked) -> Any:
        return answer(asked.text)

    @app.get("/health")
    def health() -> str:
        return "ok"

    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    uvicorn.run(create_app(), host=HERE, port=parser.parse_args().port, log_level="error")

"""Problems as responses, and every error of the service as a problem."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from emotion_core.errors import EmotionCoreError

from .problems import BLANK, MEDIA_TYPE, Problem, members, of_validation, problem_of


def response_of(problem: Problem, instance: str) -> JSONResponse:
    """A problem as a response."""
    content = problem.as_dict(instance)
    return JSONResponse(content, problem.status, problem.headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer every error by its problem details."""

    def known(request: Request, error: Exception) -> JSONResponse:
        if isinstance(error, EmotionCoreError):
            error = problem_of(error)
        elif isinstance(error, RequestValidationError):
            error = of_validation(error)
        if not isinstance(error, Problem):
            raise error
        return response_of(error, request.url.path)

    def plain(request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, HTTPException):
            raise error
        title = HTTPStatus(error.status_code).phrase
        content = members(BLANK, error.status_code, title, str(error.detail))
        content["instance"] = request.url.path
        return JSONResponse(content, error.status_code, error.headers, MEDIA_TYPE)

    for kind in (Problem, EmotionCoreError, RequestValidationError):
        app.add_exception_handler(kind, known)
    app.add_exception_handler(HTTPException, plain)

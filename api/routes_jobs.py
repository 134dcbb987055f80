"""What became of a long job."""

from fastapi import APIRouter, Request, Response

from .access import Owner
from .jobs import Job
from .responses import json_response
from .schema import JobAnswer
from .service import ServiceOf

POLL_S = 2
"""how long a client had better wait before it asks again"""
router = APIRouter(tags=["jobs"])


def _answer(job: Job, address: str) -> JobAnswer:
    return JobAnswer.model_validate(
        {
            "id": job.id,
            "kind": job.kind,
            "state": job.state,
            "progress": job.progress,
            "stages": dict(job.watch.stages),
            "result": job.result,
            "problem": job.problem.as_dict(address) if job.problem else None,
        }
    )


def accepted(request: Request, job: Job) -> Response:
    """`202` with the address of a job, beside the route that made it."""
    address = request.url.path.rpartition("/predict/")[0] + f"/jobs/{job.id}"
    headers = {"Location": address, "Retry-After": str(POLL_S)}
    return json_response(_answer(job, address), 202, headers)


@router.get("/jobs/{job_id}", responses={200: {"model": JobAnswer}})
async def job_state(job_id: str, request: Request, service: ServiceOf, owner: Owner) -> Response:
    """How far a job is, and its result or its problem once it has ended."""
    job = service.jobs.find(job_id, owner)
    return json_response(_answer(job, request.url.path))


@router.delete("/jobs/{job_id}", status_code=204)
async def end_job(job_id: str, service: ServiceOf, owner: Owner) -> Response:
    """Cancel a job, or forget the result of one that has ended."""
    service.jobs.cancel(job_id, owner)
    return Response(status_code=204)

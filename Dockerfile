# syntax=docker/dockerfile:1
# One image for the service (default), the dashboard and batches; models inside, CPU only.
#   docker build -t emotion-core .
#   docker run --rm -p 127.0.0.1:8000:8000 emotion-core

FROM python:3.11-slim-bookworm AS packages
WORKDIR /build
ENV UV_NO_CACHE=1 UV_PYTHON=/opt/venv/bin/python
RUN pip install --no-cache-dir uv==0.13.8 && python -m venv --without-pip /opt/venv
# silero-vad asks for PyTorch, but its network runs on ONNX Runtime. With the models of the Hugging
# Face hub, which are some gigabytes more: --build-arg EXTRAS=api,batch,signin,hub --build-arg WITHOUT=
ARG EXTRAS=api,batch,signin
ARG WITHOUT="torch torchaudio"
COPY pyproject.toml README.md LICENSE requirements.txt requirements-dev.txt ./
COPY emotion_core/__init__.py emotion_core/
# The locks are constraints here: every version is theirs, and only what is needed is installed.
RUN grep -v '^-r' requirements-dev.txt > more.txt \
    && for name in $WITHOUT; do echo "$name ; python_version < '3'"; done > without.txt \
    && uv pip install --override without.txt --constraint requirements.txt --constraint more.txt \
        ".[$EXTRAS]" \
    && uv pip uninstall emotion-core

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="emotion-core" org.opencontainers.image.licenses="MIT"
RUN useradd --system --uid 10001 --no-create-home --home-dir /tmp emotion
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY .streamlit/config.toml .streamlit/config.toml
COPY app.py pyproject.toml LICENSE ./
COPY models models
COPY emotion_core emotion_core
COPY api api
COPY ui ui
COPY pages pages
# The evaluation page shows what models cost by these figures.
COPY benchmarks/results benchmarks/results
# HOME and caches lie in /tmp, so that the rest of the file system can be read-only.
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp NUMBA_CACHE_DIR=/tmp/numba \
    HEALTH_URL=http://127.0.0.1:8000/api/health/ready
USER 10001
EXPOSE 8000 8501
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(os.environ['HEALTH_URL'], timeout=4)"]
CMD ["python", "-m", "emotion_core", "serve", "--host", "0.0.0.0", "--port", "8000"]

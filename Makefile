# The first of these that is Python 3.11 to 3.13 and can make a virtual environment.
PYTHON ?= $(shell scripts/find-python)
VENV := .venv
PY := $(VENV)/bin/python
PORT ?= 8501

.PHONY: setup dev run test check bench models docs clean

setup: $(VENV)/.setup

dev: $(VENV)/.dev

run: setup
	$(VENV)/bin/streamlit run app.py --server.port $(PORT) --server.address localhost --server.headless true

test: dev
	scripts/check

check: dev
	scripts/check static

bench: dev
	@failed=0; for file in benchmarks/[a-z]*.py; do \
		name=$$(basename $$file .py); \
		grep -q '^def main' $$file || continue; \
		echo "benchmarks.$$name"; \
		$(PY) -m benchmarks.$$name || failed=1; \
	done; exit $$failed

models: dev
	scripts/models

# What docs/python.md names, and where the types of its answers stand.
DOCUMENTED := emotion_core emotion_core.labels emotion_core.types emotion_core.errors \
	emotion_core.loading emotion_core.predicting emotion_core.text.pipeline \
	emotion_core.audio.pipeline emotion_core.audio.analysis emotion_core.face.pipeline \
	emotion_core.face.analysis emotion_core.recording.pipeline emotion_core.recording.analysis \
	emotion_core.recording.transcript emotion_core.recording.captions.reading \
	emotion_core.fusion.pipeline emotion_core.fusion.evidence emotion_core.batch.run \
	emotion_core.batch.source

docs: dev
	$(VENV)/bin/pdoc --docformat google --no-show-source --output-directory build/docs \
		$(DOCUMENTED)

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis

$(PY):
	@python="$(PYTHON)" && test -n "$$python" && "$$python" -m venv $(VENV)

# The lock is complete, so the package itself needs no resolving; it is linked, not copied.
$(VENV)/.setup: requirements.txt pyproject.toml | $(PY)
	$(PY) -m pip install --quiet --requirement requirements.txt
	$(PY) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.setup
	$(PY) -m pip install --quiet --requirement requirements-dev.txt
	@touch $@

# Two commands do everything on a fresh machine: `make review` and `make test`. Only python3 (3.11 or later) is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
REVIEWED := scenarios recordings

.PHONY: review test lint bench docs clean

review: $(VENV)/.core
	$(BIN)/runline review $(REVIEWED) --out report

test: $(VENV)/.dev
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@ $(VENV)/.core

docs: $(VENV)/.core
	$(BIN)/python -m runline.reports.laws_page > docs/laws.md
	$(BIN)/python -m runline.reports.designs_page > docs/designs.md
	$(BIN)/python -m runline.reports.situations > docs/situations.md
	$(BIN)/python -m runline.reports.design_review
	$(BIN)/python -m runline.reports.splice_page

clean:
	rm -rf $(VENV) report .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info

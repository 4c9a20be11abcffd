# Everything a contributor does, by the names that CI uses too. Each target sets up what it needs.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: help install quickstart test lint types format docs benchmark physics-verdict wheel clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

install: $(INSTALLED)  ## create .venv with restorebench and everything for its development

$(INSTALLED): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

quickstart: install  ## evaluate small models on embedded photographs and make a report
	$(BIN)/restorebench quickstart

test: install  ## run every test
	$(BIN)/python -m pytest

lint: install  ## check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install  ## check types
	$(BIN)/basedpyright

format: install  ## bring the code into its style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: install  ## write the generated parts of docs/reference
	$(BIN)/python docs/generate.py

benchmark: install  ## print speed ratios against named peers
	@for script in tests/performance/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

physics-verdict: install  ## train and evaluate what the physics layer buys, about two hours on two cores; resumes
	$(BIN)/restorebench physics verdict --out physics-verdict $(ROOTS)

wheel: install  ## build dist/*.whl
	$(BIN)/python -m build --wheel

clean:  ## remove what the other targets made
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache restorebench-quickstart

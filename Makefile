# Everything a contributor does, by the names that CI uses too. Each target sets up what it needs.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# Restorebench without what only its development needs, which is another GB and more.
USABLE := $(VENV)/.usable
# With COVER=1 the tests note which branches they take, in processes that they start too; they take longer then.
PYTEST := $(BIN)/$(if $(COVER),coverage run -m pytest,python -m pytest)
# The version of Biome is that of the schema in biome.json.
BIOME ?= npx --yes @biomejs/biome@$(shell sed -nE 's|.*/schemas/([0-9.]+)/.*|\1|p' biome.json)

.PHONY: help install quickstart test test-slow fuzz coverage coverage-report lint lint-js types format hooks docs generated site picture benchmark benchmark-check benchmark-scripts physics-verdict wheel packages lowest clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

install: $(INSTALLED)  ## create .venv with restorebench and everything for its development

$(INSTALLED): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@mkdir -p $(VENV)/src && ln -sfn "$(CURDIR)" $(VENV)/src/restorebench  # type checkers do not see an editable install
	@touch $@ $(USABLE)

$(USABLE): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

quickstart: $(USABLE)  ## evaluate small models on embedded photographs and make a report; LPIPS if its weights can be had
	@$(BIN)/restorebench fetch lpips-alex || echo "The report will have no LPIPS columns."
	$(BIN)/restorebench quickstart

test: install  ## run the tests, but for the slow ones
	$(PYTEST) -n 2 -m 'not slow'

test-slow: install  ## run the slow tests: clusters, trainings, kills, official networks on all images
	$(PYTEST) -n 2 -m slow

SECONDS_EACH ?= 600

fuzz: install  ## run every fuzzer for SECONDS_EACH seconds, ten minutes by default
	RESTOREBENCH_FUZZ_SECONDS=$(SECONDS_EACH) $(BIN)/python -m pytest tests/robustness

coverage: install  ## run every test and print which branches none of them takes
	$(BIN)/coverage erase
	COVER=1 $(MAKE) test test-slow
	$(MAKE) coverage-report

coverage-report: install  ## print the coverage of the tests that ran with COVER=1 in the environment
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

lint: install lint-js  ## check style, spelling and who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff check --quiet --preview --select PLW1514 .  # text files have an encoding: the default of Windows is another
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/lint-imports

lint-js:  ## check the JavaScript of the report; needs node
	@if $(BIOME) --version >/dev/null 2>&1; then $(BIOME) check .; \
	else echo "The JavaScript was not checked, because npx cannot run Biome here."; fi

types: install  ## check types: strict in the packages, basic in tests
	$(BIN)/basedpyright
	$(BIN)/basedpyright --project tests/pyrightconfig.json

format: install  ## bring the code into its style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	@if command -v npx >/dev/null; then $(BIOME) check --write .; fi

hooks: install  ## check every commit with the tools that CI uses
	$(BIN)/pre-commit install

docs: generated site  ## write the generated parts of docs/reference, and build the site

generated: install
	$(BIN)/python docs/generate.py

site: install  ## build the documentation as a site, in build/site; a broken link is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

picture: install  ## make the picture of the README anew, from a quickstart; needs Chromium
	$(BIN)/python docs/picture.py

benchmark: install  ## measure beside other libraries and scripts, and write docs/explanation/speed.md
	$(BIN)/python tests/performance/speed.py

benchmark-check: install  ## exit 1 if we became slower against a peer than docs/explanation/speed.json says
	$(BIN)/python tests/performance/speed.py --check

benchmark-scripts: install  ## print the ratios of every other script in tests/performance; takes long
	@for script in $(filter-out %/speed.py,$(wildcard tests/performance/*.py)); do \
		echo "== $$script"; $(BIN)/python $$script || exit 1; done

physics-verdict: install  ## train and evaluate what the physics layer buys, about two hours on two cores; resumes
	$(BIN)/restorebench physics verdict --out physics-verdict $(ROOTS)

wheel: install  ## build dist/*.whl
	$(BIN)/python -m build --wheel

packages: install  ## build wheel and sdist, install each into an environment of its own, and start it there
	.ci/packages

lowest:  ## run the fast tests with the lowest versions that pyproject.toml allows; downloads another torch
	PYTHON=$(PYTHON) .ci/lowest

clean:  ## remove what the other targets made
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .coverage .coverage.* restorebench-quickstart

# Everything runs in .venv, which is made on first use. Needs: make, and Python 3.11 or newer.
# Another Python:  make demo PYTHON=python3.12     More for pytest:  make test PYTEST_ARGS="-k billing"

PYTHON      ?= python3
VENV        ?= .venv
PYTEST_ARGS ?=
BIN         := $(VENV)/bin
CODE        := $(wildcard src tests benchmarks)
NOTEBOOKS   := $(wildcard notebooks)
DEMO        := run two_nurses --months 12 --replications 200 --seed 1 --workers auto --plot demo.png

# Neighbours stay with one process, so what they share is mostly made once.
SHARED_OUT := -n auto --dist worksteal

# Each of those processes has a core of its own: threads of linear algebra would wait for each other.
test twin docs-examples notebooks: export OPENBLAS_NUM_THREADS := 1

INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help demo test twin check lint types docs-examples notebooks format bench docs claims validate accuracy wheel clean
.NOTPARALLEL:
.DELETE_ON_ERROR:

help:
	@echo "make demo      set up .venv and simulate a year of the preset two_nurses"
	@echo "make test      run all tests, warnings are errors"
	@echo "make twin      compare the two engines on 5,000 random scenarios"
	@echo "make check     lint, types, docs examples, notebooks"
	@echo "make bench     measure speed: docs/performance.md, benchmarks/history (15 minutes)"
	@echo "make claims    test the founding claims, print them, docs/claims.md (2 minutes)"
	@echo "make accuracy  measure intervals and engines: docs/accuracy.md (some minutes)"
	@echo "make validate  compare with what was published, question the advice (10 minutes)"
	@echo "make docs      build the documentation into docs/_build/html"
	@echo "make format    sort the imports and format the code"
	@echo "make wheel     build the wheel and the source archive into dist/"
	@echo "make clean     remove .venv and everything that was generated"

demo: $(VENV)/.installed
	@$(BIN)/ccmsim $(DEMO)

test: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest $(SHARED_OUT) --benchmark-disable $(PYTEST_ARGS)

twin: $(VENV)/.installed-dev
	@TWIN_SCENARIOS=5000 $(BIN)/python -m pytest $(SHARED_OUT) tests/properties/test_twin.py $(PYTEST_ARGS)

check: lint types docs-examples notebooks

lint: $(VENV)/.installed-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	@$(BIN)/mypy $(CODE)

docs-examples: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest $(SHARED_OUT) --quiet tests/docs

notebooks: $(VENV)/.installed-dev
	@$(if $(NOTEBOOKS),$(BIN)/python -m pytest $(SHARED_OUT) --quiet --nbmake $(NOTEBOOKS),echo "no notebooks")

format: $(VENV)/.installed-dev
	@$(BIN)/ruff check --select I --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.installed-peers
	@$(BIN)/python benchmarks/race.py --record
	@$(BIN)/python -m pytest benchmarks/test_speed.py --benchmark-autosave \
	  --benchmark-storage=file://./benchmarks/history $(PYTEST_ARGS)

claims: $(VENV)/.installed
	@$(BIN)/python -m ccmsim.studies.page docs/claims.md

accuracy: $(VENV)/.installed
	@$(BIN)/python -m ccmsim.studies.accuracy --processes 2 --write docs/accuracy.md

validate: $(VENV)/.installed
	@$(BIN)/python -m ccmsim.studies.validation docs

docs: $(VENV)/.installed-docs
	@$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html

wheel: $(VENV)/.installed-dev
	@$(BIN)/python -m build

clean:
	rm -rf $(VENV) build dist docs/_build demo.png .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
	find src tests benchmarks -type d -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# A half-made environment would look complete to the next call, so a failure removes it.
$(BIN)/python:
	@$(PYTHON) -c 'pass' 2>/dev/null || { \
	  echo "ccmsim needs Python 3.11 or newer, and '$(PYTHON)' does not run here."; \
	  echo "Install Python, or name another one:  make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "ccmsim needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) -V 2>&1)."; \
	  echo "Name a newer one:  make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' comes without the modules venv and ensurepip, which set up $(VENV)."; \
	  echo "On Debian and Ubuntu they are the package python3-venv; or name another Python:"; \
	  echo "  make $(MAKECMDGOALS) PYTHON=/path/to/python3"; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) -V 2>&1) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "Installing ccmsim into $(VENV) (a minute or so the first time) ..."
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	@echo "Installing ccmsim and its test tools into $(VENV) (a minute or two the first time) ..."
	@$(INSTALL) --editable ".[dev]"
	@touch $(VENV)/.installed $@

# The race leaves out a peer that is not there.
$(VENV)/.installed-peers: $(VENV)/.installed-dev
	@echo "Installing the simulation packages that ccmsim is compared with ..."
	@$(INSTALL) --editable ".[peers]" || echo "Not all of them can be installed here."
	@touch $@

$(VENV)/.installed-docs: pyproject.toml | $(BIN)/python
	@echo "Installing ccmsim and its documentation tools into $(VENV) ..."
	@$(INSTALL) --editable ".[docs]"
	@touch $(VENV)/.installed $@

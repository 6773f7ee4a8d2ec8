# One verb a line: `make` lists them. Nothing is assumed but python3 with venv, and make.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
INSTALL := $(PIP) install --quiet --no-deps
# `make lock UPGRADE=--upgrade` takes newer versions; without it only what pyproject.toml asks for changes.
UPGRADE ?=
COMPILE := build/uv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header --quiet $(UPGRADE)

# What one step costs beside the least that any program would have to do.
STEPS := $(wildcard $(addprefix benchmarks/,kernel.py ranking.py postgres.py importing.py))

# Matrices are small here: threads of the linear algebra only wait for each other, spinning.
export OPENBLAS_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup dask dev demo test check lint types contracts notebooks format bench quality real lock clean

help: ## these lines
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/setup.stamp ## the environment only, in .venv

dask: .venv/dask.stamp ## the environment, with what `propensity run --dask` needs

dev: .venv/dev.stamp ## the environment, with what tests and notebooks need

demo: setup ## a synthetic county, from raw files to ranked lists
	$(BIN)/propensity demo

test: dev ## all tests
	$(BIN)/python -m pytest

check: lint types contracts test ## what has to pass before a change lands

lint: dev ## format and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: dev ## mypy, strict
	$(BIN)/mypy

contracts: dev ## which folder may import which
	$(BIN)/lint-imports --no-cache --no-logo

notebooks: dev ## run every notebook as a script
	$(BIN)/python -m pytest tests/test_notebooks.py

format: dev ## put the code into its format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: dev ## speed and quality, with their peers beside them; writes docs/speed.md and docs/quality.md
	@echo "== benchmarks/speed.py"; $(BIN)/python benchmarks/speed.py --voters 1000000 4000000
	@set -e; for file in $(STEPS); do echo "== $$file"; $(BIN)/python "$$file"; done
	@echo "== benchmarks/quality.py"; $(BIN)/python benchmarks/quality.py

quality: dev ## our models and their peers on $PROPENSITY_REAL_DATA; writes docs/quality.md
	$(BIN)/python benchmarks/quality.py

real: dev ## the real runs on $PROPENSITY_REAL_DATA
	$(BIN)/python benchmarks/real_runs.py

lock: ## remake the three lock files from pyproject.toml
	$(PYTHON) -m venv build/uv
	build/uv/bin/python -m pip --disable-pip-version-check install --quiet uv==0.13.9
	$(COMPILE) --extra setup --output-file requirements.lock
	$(COMPILE) --extra setup --extra dask --constraint requirements.lock --output-file requirements-dask.lock
	$(COMPILE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock

clean: ## the environment and whatever tools left behind
	rm -rf .venv build dist *.egg-info .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
		echo "propensity needs Python 3.11, 3.12 or 3.13; $(PYTHON) is: `$(PYTHON) --version 2>&1`"; \
		echo "Name another: make PYTHON=python3.11 $(or $(firstword $(MAKECMDGOALS)),setup)"; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "$(PYTHON) has no venv. On Debian and Ubuntu: apt install python3-venv"; exit 1; }

.venv/setup.stamp: requirements.lock pyproject.toml | .venv/bin/python
	@echo "Installing what propensity needs into .venv (a minute or two) ..."
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-build-isolation --editable .
	@$(load-lightgbm)
	@touch $@

.venv/dask.stamp: requirements-dask.lock .venv/setup.stamp
	@echo "Installing what --dask needs into .venv ..."
	@$(INSTALL) --require-hashes -r requirements-dask.lock
	@touch $@

# The development lock holds the run-time lock, so that this is one installation and not two.
.venv/dev.stamp: requirements-dev.lock requirements.lock pyproject.toml | .venv/bin/python
	@echo "Installing what propensity and its tests need into .venv (a minute or two) ..."
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@$(INSTALL) --no-build-isolation --editable .
	@$(load-lightgbm)
	@touch .venv/setup.stamp $@

define load-lightgbm
fault=`$(BIN)/python -c 'import lightgbm' 2>&1` || { echo "$$fault" | tail -n 1; \
	case "$$fault" in *gomp*|*libomp*) echo "LightGBM needs the OpenMP library of the system:"; \
		echo "  Debian, Ubuntu   apt install libgomp1"; \
		echo "  Fedora, RHEL     dnf install libgomp"; \
		echo "  macOS            brew install libomp";; esac; exit 1; }
endef

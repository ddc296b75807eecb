# Two commands for a newcomer: `make run` and `make test`. Everything lives in .venv; nothing else is touched.
SHELL := /bin/bash
PYTHON ?= python3
WORKERS ?= 2
BIN := .venv/bin
export MEDIA
export PATH := $(CURDIR)/$(BIN):$(PATH)
LOCK := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command "make lock"
SOURCES := pyproject.toml hatch_build.py widgets/package.json widgets/package-lock.json \
	deploy/jupyterhub/package-lock.json $(wildcard widgets/*.mjs widgets/*.json widgets/tagcat_widgets/*.ts widgets/tagcat_widgets/*.css \
	widgets/tagcat_widgets/shared/* widgets/tagcat_widgets/device/* widgets/tagcat_widgets/browser/*)

.PHONY: run lab test check soak bench neo4j lock setup setup-dev front-end-tests clean
.DEFAULT_GOAL := run

run: setup  ## read MEDIA=folder (or a demonstration collection) and serve the dashboards
	@tagcat run -- $${MEDIA:+"$$MEDIA"}

lab: setup  ## the notebooks in JupyterLab
	@tagcat lab

test: setup-dev front-end-tests  ## every test; what this machine can't run skips and says how to get it
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not soak"

soak: setup-dev  ## the long forms: kills at every query, crowds for a minute, much fuzzing, the wheel in an empty venv
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m soak --timeout 1800

check: setup-dev  ## ruff, mypy --strict, tsc, biome, clean notebooks, import directions, deployment files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/nbstripout --verify notebooks/*.ipynb notebooks/reports/*.ipynb
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec deploy/compose.yaml
	$(BIN)/cfn-lint --include-checks I -- deploy/cloudformation.yaml
	cd widgets && npm run --silent check

bench: setup-dev  ## peers side by side; BENCH=--write puts the results into docs/benchmarks.md
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@failed=(); for script in $(filter-out %/side_by_side.py %/_team_page.py,$(sort $(wildcard benchmarks/*.py))); do \
		echo "== $$script"; $(BIN)/python $$script $(BENCH) || failed+=("$$script"); done; \
		((!$${#failed[@]})) || { echo "failed: $${failed[*]}"; exit 1; }

neo4j: setup-dev  ## a real Neo4j 5 with APOC core from Maven, until Ctrl-C
	$(BIN)/python -m tests.graph.neo4j_server

lock: setup-dev  ## the newest versions that pyproject.toml allows, into the lock files of the container
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(LOCK) pyproject.toml --extra aws --output-file deploy/requirements.lock
	$(LOCK) deploy/build.in --output-file deploy/build.lock

front-end-tests: setup-dev
	cd widgets && npm test --silent

setup: .venv/.run
setup-dev: .venv/.dev

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "TagCat needs Python 3.11 or newer; say which: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "making .venv: all that TagCat needs lies in it"
	@$(PYTHON) -m venv .venv || \
		{ echo "this Python can't make a venv; on Debian: apt install python3-venv"; rm -rf .venv; exit 1; }

# The front end is built by the package's own build hook, in the build's isolated environment.
.venv/.run: $(SOURCES) | .venv/bin/python
	@echo "installing TagCat into .venv: a minute or two the first time"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@echo "installed"
	@touch $@

.venv/.dev: $(SOURCES) | .venv/bin/python
	@echo "installing TagCat with all that its tests need into .venv: some minutes the first time"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@cd widgets && npm ci --silent --no-audit --no-fund
	@npm ci --silent --no-audit --no-fund --prefix deploy/jupyterhub
	@echo "installed"
	@touch $@ .venv/.run

clean:
	rm -rf .venv build dist widgets/node_modules widgets/tagcat_widgets/static

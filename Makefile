# Needs Python 3.11 or later and make; everything else is installed into .venv/ and .lab/ by the targets themselves.
PYTHON ?= python3
BIN := .venv/bin
# Named after the place: the programs of a virtual environment that was moved or copied do not start.
INSTALLED := .venv/.installed$(subst /,-,$(CURDIR))
COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-emit-index-url \
	--python-version 3.11 --custom-compile-command "make lock"

CONTAINER ?= docker
VERSION ?= $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
TAG ?= azure-migrate-exporter:$(VERSION)
# One process more than there are cores, as many tests wait. All tests of a file run in the same process.
WORKERS ?= $(shell expr $$(nproc) + 1)
PYTEST = $(BIN)/pytest --numprocesses=$(WORKERS) --dist=loadfile

.DEFAULT_GOAL := help
.PHONY: help demo fault faults test test-unit strangers e2e programs lint format bench generate lock dist chart image \
	check-generated check-release clean

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: $(INSTALLED) ## a small data centre, the exporter, Prometheus and Alertmanager, live in this terminal; Ctrl-C ends it
	@$(BIN)/python -m tests.lab demo $(ARGS)

fault: $(INSTALLED) ## in a second terminal: make fault NAME=gateway-stopped [STATE=on|off]
	@$(BIN)/python -m tests.lab fault "$(NAME)" $(or $(STATE),on)

faults: $(INSTALLED) ## the faults that can be switched, and what each one shows
	@$(BIN)/python -m tests.lab faults

test: ## everything that CI runs: lint, and all tests on real parts
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint programs
	$(PYTEST) --no-loadscope-reorder $(ARGS)

test-unit: $(INSTALLED) ## the tests that need no other program
	$(PYTEST) tests/unit $(ARGS)

strangers: $(INSTALLED) programs ## every check against every wrong answer in its service's place; prints the number of cells
	$(PYTEST) tests/strangers -rP $(ARGS)

e2e: $(INSTALLED) programs ## each fault of the article up to its notification, and a day without faults; prints latencies
	$(PYTEST) --no-loadscope-reorder tests/e2e $(ARGS)

programs: $(INSTALLED)
	@$(BIN)/python -m tests.lab install

lint: $(INSTALLED) ## style, types, and who may import whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(INSTALLED) ## put the style right
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(INSTALLED) ## the figures, as ratios of one run
	$(BIN)/python -m tests.bench $(ARGS)

generate: $(INSTALLED) ## the files that are made from the code: pages, alerts, dashboards, and what the chart carries
	$(BIN)/python -m generate

lock: $(INSTALLED) ## pin the newest versions that pyproject.toml allows
	$(BIN)/python -m pip install --quiet uv
	$(COMPILE) --upgrade --group dev pyproject.toml -o requirements.lock
	$(COMPILE) --constraint requirements.lock pyproject.toml -o packaging/locks/runtime.txt
	$(COMPILE) --constraint requirements.lock --group build -o packaging/locks/build.txt

dist: $(INSTALLED) ## wheel, sdist, and the bill of materials of what the image installs
	$(BIN)/python -m hatchling build -d dist
	$(BIN)/cyclonedx-py requirements --output-reproducible --pyproject pyproject.toml -o dist/bom.cdx.json \
		packaging/locks/runtime.txt

chart: $(INSTALLED) ## the Helm chart as a package in dist/
	@$(BIN)/python -m tests.lab helm package helm/azure-migrate-exporter --destination dist

image: ## the container image, with docker or podman; TAG names it
	$(CONTAINER) build --build-arg VERSION=$(VERSION) --build-arg REVISION=$$(git rev-parse HEAD) --tag $(TAG) .

check-generated: $(INSTALLED) ## the generated files match the code
	@$(BIN)/pytest --quiet tests/unit/test_generated.py

check-release: $(INSTALLED) ## VERSION is that of the package, and CHANGELOG.md has its section; writes dist/release-notes.md
	@$(BIN)/python -m generate.release_notes "$(VERSION)"

clean: ## remove everything that was installed or made here
	rm -rf .venv .lab dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(INSTALLED): requirements.lock pyproject.toml tests/lab/venv.sh
	@PYTHON="$(PYTHON)" sh tests/lab/venv.sh "$@"

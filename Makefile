# Needs Python 3.11 or later and make; everything else is installed into .venv/ and .lab/ by the targets themselves.
PYTHON ?= python3
BIN := .venv/bin
# Its name contains the path: the programs of a virtual environment that was moved or copied do not start.
INSTALLED := .venv/.installed$(subst /,-,$(CURDIR))
COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-emit-index-url \
	--python-version 3.11 --custom-compile-command "make lock"

CONTAINER ?= docker
VERSION ?= $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
TAG ?= azure-migrate-exporter:$(VERSION)
CORES := $(shell nproc)
# Processes of the tests: one more than there are cores, as many tests wait. All tests of a file run in the same one.
WORKERS ?= $(shell expr $(CORES) + 1)
PYTEST = $(BIN)/pytest --dist=loadfile

.DEFAULT_GOAL := help
.PHONY: help demo boards fault faults test test-unit test-cluster test-packages test-windows properties strangers e2e programs \
	lint format bench generate lock dist packages msi chart \
	image export-dashboards check-generated check-release clean

help: ## print this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

demo: $(INSTALLED) ## run a small data centre, the exporter, Prometheus and Alertmanager in this terminal; Ctrl-C stops it
	@$(BIN)/python -m tests.lab demo $(ARGS)

boards: $(INSTALLED) ## draw every dashboard in a browser from hours of the demo, check what it shows, and write dashboards/pictures/
	$(BIN)/pytest tests/preview/boards_in_browser.py $(ARGS)

fault: $(INSTALLED) ## switch a fault, in a second terminal: make fault NAME=gateway-stopped [STATE=on|off]
	@$(BIN)/python -m tests.lab fault "$(NAME)" $(or $(STATE),on)

faults: $(INSTALLED) ## list the faults and what each one shows
	@$(BIN)/python -m tests.lab faults

test: ## run everything that CI runs: lint, and all tests on real parts
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint programs
	$(PYTEST) --numprocesses=$(WORKERS) --no-loadscope-reorder $(ARGS)

test-unit: $(INSTALLED) ## run the tests of the exporter that need no other program
	$(PYTEST) --numprocesses=$(CORES) tests/unit $(ARGS)

properties: $(INSTALLED) ## run the tests with generated inputs; EXAMPLES=100000 is the nightly run
	EXAMPLES=$(or $(EXAMPLES),2000) $(PYTEST) --numprocesses=$(CORES) --timeout=0 -m hypothesis tests/unit tests/properties $(ARGS)

strangers: $(INSTALLED) programs ## run every check against every wrong answer in its service's place; prints the number of cells
	$(PYTEST) --numprocesses=$(WORKERS) tests/strangers -rP $(ARGS)

test-cluster: $(INSTALLED) ## install the chart on a real API server with the Prometheus operator; builds Kubernetes once, 10 to 40 minutes
	$(PYTEST) --numprocesses=0 tests/cluster/chart_on_a_cluster.py $(ARGS)

test-windows: $(INSTALLED) programs ## under Wine: unit tests, commands, service, and the MSI with every collector against the lab; 20 minutes
	$(PYTEST) --numprocesses=0 $(patsubst %,tests/windows/%_under_wine.py,unit_tests commands service proxy package) $(ARGS)

test-packages: $(INSTALLED) ## install, upgrade and remove the .deb and the .rpm in small systems made by debootstrap; as root, 10 minutes
	$(PYTEST) --numprocesses=0 tests/packages/deb_package.py tests/packages/rpm_package.py $(ARGS)

e2e: $(INSTALLED) programs ## follow each fault up to its notification, and simulate a day without faults; prints latencies
	$(PYTEST) --numprocesses=$(WORKERS) --no-loadscope-reorder tests/e2e $(ARGS)

# The + shows its progress at once, although the output of parallel targets is collected.
programs: $(INSTALLED)
	+@$(BIN)/python -m tests.lab install

lint: $(INSTALLED) ## check style, types, and allowed imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32 exporter
	$(BIN)/lint-imports

format: $(INSTALLED) ## fix the style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(INSTALLED) ## measure the figures, as ratios of one run
	$(BIN)/python -m tests.bench $(ARGS)

generate: $(INSTALLED) ## write the files that are generated from the code: pages, alerts, dashboards, files of the chart
	$(BIN)/python -m generate

lock: $(INSTALLED) ## pin the newest versions that pyproject.toml allows
	$(BIN)/python -m pip install --quiet uv
	$(COMPILE) --upgrade --group dev pyproject.toml -o requirements.lock
	$(COMPILE) --constraint requirements.lock pyproject.toml -o packaging/locks/runtime.txt
	$(COMPILE) --constraint requirements.lock --group build -o packaging/locks/build.txt

dist: $(INSTALLED) ## build wheel, sdist, and the bill of materials of the image's packages
	$(BIN)/python -m hatchling build -d dist
	$(BIN)/cyclonedx-py requirements --output-reproducible --pyproject pyproject.toml -o dist/bom.cdx.json \
		packaging/locks/runtime.txt

packages: $(INSTALLED) ## build the .deb and the .rpm; built twice from one commit, they are equal to the last byte
	@SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)} \
		$(BIN)/python -m tests.lab packages dist --revision "$$(git rev-parse HEAD)"

msi: $(INSTALLED) ## build the Windows Installer package into dist/, with its hash and its bill of materials
	@$(BIN)/python -m generate.msi "$(VERSION)"

chart: $(INSTALLED) ## package the Helm chart into dist/
	@$(BIN)/python -m tests.lab helm package helm/azure-migrate-exporter --destination dist

export-dashboards: $(INSTALLED) ## write the dashboards into dist/ as grafana.com takes them
	@$(BIN)/python -m generate.dashboards.export

image: ## build the container image with docker or podman; TAG names it
	$(CONTAINER) build --build-arg VERSION=$(VERSION) --build-arg REVISION=$$(git rev-parse HEAD) --tag $(TAG) .

check-generated: $(INSTALLED) ## check that the generated files match the code
	@$(BIN)/pytest --quiet tests/generate/test_generated.py

check-release: $(INSTALLED) ## check VERSION against package and changelog, and write dist/release-notes.md
	@$(BIN)/python -m generate.release_notes "$(VERSION)"

clean: ## remove everything that was installed or generated
	rm -rf .venv .lab dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(INSTALLED): requirements.lock pyproject.toml tests/lab/venv.sh
	@PYTHON="$(PYTHON)" sh tests/lab/venv.sh "$@"

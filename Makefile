.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
PYTHON ?= python3
NO_PYTHON := Python 3.11, 3.12 or 3.13 is needed, and uv could not download one. Install one of them (on Debian: apt install python3), then run make again.
TRAIN_PYTHON := .venv-train/bin/python
TRAIN_PATH := packages/contracts/src:modal-apps/media/src:modal-apps/extents/src:modal-apps/scoring/src:modal-apps/training/src
EXPORT = $(UV) export --frozen --quiet --no-header --package captionacc-modal --no-dev --no-emit-workspace
# The conftest modules of all folders have the same name, so mypy checks each folder in its own run.
COMPUTE_TESTS := services/flow-worker/tests/integration/compute
TYPED_TESTS := $(filter-out services/flow-worker/tests,$(wildcard packages/*/tests services/*/tests modal-apps/*/tests)) \
  'services/flow-worker/tests --exclude $(COMPUTE_TESTS)' $(COMPUTE_TESTS) \
  cli/tests infra/stack/tests tests/kit/tests tests/kit/src tests/architecture tests/contract tests/e2e tests/chaos benchmarks infra/checks infra/fly infra/docker conftest.py
# What the console is built from; tests and their settings are not part of it.
CONSOLE := console/dist/index.html
CONSOLE_SOURCES := $(shell find console/src console/index.html console/package.json console/vite.config.ts -type f ! -name '*.test.ts' ! -path console/src/api/schema.ts)
NPM_INSTALL := console/npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retries=1
T ?=
RUNS ?= 5
MINUTES ?= 1
ROUNDS ?= 3
BASE ?=
BENCH ?=
SEED ?= 1
HISTORIES ?= 2000
DATA ?= training-data
LAYOUT ?= layout-data
SPLIT ?= tune
EXAMPLES ?= 80
VIDEOS ?= 150
COMMAND ?= all
CASES ?=
VERSION ?= 3.13

##@ Start here
.PHONY: demo test
demo: setup ## Set everything up and run the main job on a captioned sample
	.venv/bin/captionacc demo

test: setup $(if $(T),,console-test) ## Set everything up and run all tests except chaos, without a cloud (T=path: only these)
	.venv/bin/pytest -m 'not chaos' $(T)

##@ Develop
.PHONY: help setup check lint format typecheck arch lock-check infra-check test-unit test-contract test-integration
.PHONY: fuzz-api typed-client bench-api test-python console console-check console-test
.PHONY: test-e2e fuzz test-torch test-chaos test-histories test-prefect-contract train-env training bench bench-env bench-effort bench-media bench-cropping bench-start bench-uploads bench-extents bench-layout bench-ocr
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.synced ## Install the locked environment, and uv when it is missing; build the console
	@$(MAKE) --no-print-directory --silent console || echo 'The console was not built, as said above. Everything else works without it; make console tries again.' >&2

$(filter .uv/bin/uv,$(UV)):
	$(PYTHON) -m venv .uv
	.uv/bin/pip install --quiet --disable-pip-version-check 'uv>=0.9,<0.14'

.venv/.synced: uv.lock pyproject.toml $(wildcard */pyproject.toml */*/pyproject.toml) | $(filter .uv/bin/uv,$(UV))
	@echo '$(UV) sync --frozen --quiet'; $(UV) sync --frozen --quiet || { $(UV) python find >/dev/null 2>&1 || echo '$(NO_PYTHON)' >&2; exit 1; }
	touch $@

check: setup lint typecheck arch lock-check infra-check console-check ## Check lint, types, import rules, the lock and infra files; starts no server

console: $(CONSOLE) ## Build the page for people, when its sources changed; uses a wheel's Node where none is installed

$(CONSOLE): console/node_modules/.installed $(CONSOLE_SOURCES)
	console/npm run --silent build -- --logLevel warn
	@touch $@

console/node_modules/.installed: console/package-lock.json | .venv/.synced
	$(NPM_INSTALL) --omit=dev
	@touch $@

# What checks and tests need beside what the build needs.
console/node_modules/.complete: console/package-lock.json | .venv/.synced
	$(NPM_INSTALL)
	@touch console/node_modules/.installed $@

console-check: console/node_modules/.complete ## Check the console's lint and types
	console/npm run --silent lint
	console/npm run --silent types

console-test: console/node_modules/.complete $(CONSOLE) ## Run the console's pure tests
	console/npm run --silent test

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

format: setup ## Format the code
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

typecheck: setup
	.venv/bin/mypy packages/*/src services/*/src modal-apps/*/src infra/stack/src cli/src
	@for tests in $(TYPED_TESTS); do echo "mypy $$tests"; .venv/bin/mypy $$tests; done

arch: setup
	.venv/bin/lint-imports

lock-check: setup
	$(UV) lock --check --quiet
	$(PYTHON) infra/checks/check_lock.py uv.lock
	@$(EXPORT) | diff -q - modal-apps/functions/requirements.txt >/dev/null && $(EXPORT) --extra gpu | diff -q - modal-apps/functions/requirements-gpu.txt >/dev/null || { echo 'modal-apps/functions/requirements*.txt are stale: make modal-requirements' >&2; exit 1; }

infra-check: setup
	$(PYTHON) infra/checks/sql_stays_home.py
	.venv/bin/hadolint infra/docker/service.Dockerfile
	.venv/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	.venv/bin/check-jsonschema --schemafile infra/fly/fly.schema.json services/*/fly.toml infra/fly/*.toml

test-unit: setup ## Run the pure tests only
	.venv/bin/pytest -m unit

test-python: setup ## Run the pure and the contract tests on another version of Python (VERSION=3.13)
	UV_PROJECT_ENVIRONMENT=.venv-$(VERSION) $(UV) sync --frozen --quiet --python $(VERSION)
	.venv-$(VERSION)/bin/pytest -m 'unit or contract' $(T)

test-contract: setup ## Test what we rely on in other projects' private code and in processes
	.venv/bin/pytest -m contract

test-integration: setup ## Run the tests that use real servers on loopback
	.venv/bin/pytest -m integration

test-e2e: setup ## Test the whole stack on real videos
	.venv/bin/pytest -m e2e

test-chaos: setup ## Kill processes and cut connections of the whole stack at random (RUNS=n SEED=s)
	CHAOS_RUNS=$(RUNS) CHAOS_SEED=$(SEED) .venv/bin/pytest -m chaos $(or $(T),tests/chaos)
	CHAOS_KILLS=$(RUNS) CHAOS_SEED=$(SEED) .venv/bin/pytest -s services/flow-worker/tests/chaos

test-histories: setup ## Test that no text of a person is lost in random histories of a video (HISTORIES=n)
	HISTORIES=$(HISTORIES) .venv/bin/pytest packages/supabase-client/tests/integration/test_nothing_is_lost.py

fuzz: setup ## Send malformed webhooks and user requests to a gateway (CASES=n SEED=s)
	FUZZ_CASES=$(or $(CASES),10000) FUZZ_SEED=$(SEED) .venv/bin/pytest -s services/webhook-gateway/tests/integration/test_malformed_requests.py

test-prefect-contract: setup ## Test what we rely on in Prefect's private code; run it first in an upgrade
	.venv/bin/pytest services/flow-worker/tests/contract/test_prefect_private_names.py services/flow-worker/tests/contract/test_prefect_bulk_route.py

train-env: $(TRAIN_PYTHON) ## Make a separate environment with torch, for training and its tests

$(TRAIN_PYTHON): modal-apps/training/requirements.txt
	$(PYTHON) -m venv .venv-train
	.venv-train/bin/pip install --quiet --disable-pip-version-check -r modal-apps/training/requirements.txt
	touch $@

training: train-env ## Run one training command, or all of them (COMMAND=all DATA=training-data)
	PYTHONPATH=$(TRAIN_PATH) $(TRAIN_PYTHON) -m captionacc_training $(COMMAND) --folder $(DATA)

fuzz-api: setup ## Call each route of the gateway thousands of times as its document says (EXAMPLES=n SEED=s)
	FUZZ_EXAMPLES=$(EXAMPLES) FUZZ_SEED=$(SEED) FUZZ_PHASES=examples,coverage,fuzzing,stateful FUZZ_REPORT=fuzz-report.txt \
	  .venv/bin/pytest services/webhook-gateway/tests/integration/fuzzing
	grep 'generated' fuzz-report.txt

typed-client: setup ## Type-check a TypeScript program against docs/openapi.json; needs Node
	cd tests/contract/typed_client && npm install --no-package-lock --no-audit --no-fund
	.venv/bin/pytest tests/contract/typed_client

test-torch: train-env ## Run the tests that need torch
	PYTHONPATH=$(TRAIN_PATH):tests/kit/src $(TRAIN_PYTHON) -m pytest -q modal-apps/extents/tests/torch modal-apps/training/tests/torch

bench: bench-env ## Measure the main job on real-like video (MINUTES="1 5 20" ROUNDS=3 BASE=checkout BENCH="more options")
	.venv/bin/python -m benchmarks.main_job --minutes $(MINUTES) --rounds $(ROUNDS) $(if $(BASE),--base $(BASE) --together) $(BENCH)

bench-effort: bench-env ## Measure the coefficients of the forecast again, and write them
	.venv/bin/python -m benchmarks.main_job --alone --rounds 1 --minutes 1 5 --rows 360 720 --language ru --json bench-effort.json
	.venv/bin/python -m benchmarks.main_job.effort bench-effort.json
	.venv/bin/python -m infra.checks.gpu_costs

bench-env: setup
	$(UV) sync --frozen --quiet --group bench

bench-media: setup ## Measure the media code against the obvious way to do it
	.venv/bin/python -m benchmarks.media

bench-cropping: setup ## Measure crop and infer beside decoding alone, on one video (VIDEO=file)
	.venv/bin/python -m benchmarks.cropping $(VIDEO)

bench-start: setup ## Measure how fast jobs start, against a stock Prefect worker (7 min)
	.venv/bin/python -m benchmarks.start

bench-uploads: setup ## Upload 1 GiB with two cuts and a restart, and measure the gateway's memory
	.venv/bin/python -m benchmarks.uploads

bench-api: setup ## Measure the gateway's reads and webhooks (BASELINE=another checkout)
	.venv/bin/python -m benchmarks.api $(if $(BASELINE),--baseline $(BASELINE))

bench-ocr: setup ## Measure how sure the texts are; needs Debian fonts and iso-codes
	.venv/bin/python -m benchmarks.ocr

bench-extents: train-env ## Measure the extents model against simpler ways (DATA=training-data)
	PYTHONPATH=.:$(TRAIN_PATH) $(TRAIN_PYTHON) -m benchmarks.extents --folder $(DATA)

bench-layout: setup ## Draw videos and measure how well tracks are found (SPLIT=tune VIDEOS=150 LAYOUT=layout-data)
	.venv/bin/python -m benchmarks.layout.generate --split $(SPLIT) --videos $(VIDEOS) --out $(LAYOUT)/$(SPLIT)
	.venv/bin/python -m benchmarks.layout --split $(SPLIT) --folder $(LAYOUT)/$(SPLIT) --out $(LAYOUT)/figures-$(SPLIT).json

##@ Run the local stack
.PHONY: up down status logs
up: setup ## Start the embedded stack
	.venv/bin/captionacc up

down: setup ## Stop the embedded stack
	.venv/bin/captionacc down

status: setup ## Show addresses, pids and data folders of the stack
	.venv/bin/captionacc status

logs: setup ## Show the services' logs
	.venv/bin/captionacc logs

##@ Deploy
.PHONY: migrate deploy modal-requirements modal-deploy
migrate: setup ## Apply the migrations to SUPABASE_DB_URL
	.venv/bin/captionacc-migrate --directory infra/supabase/migrations

deploy: ## Release on Fly.io (SERVICE=webhook-gateway|priority|flow-worker|prefect|prefect-db; default: all)
	infra/fly/bootstrap release $(SERVICE)

modal-requirements: setup ## Export the locked requirements of the Modal image
	$(EXPORT) > modal-apps/functions/requirements.txt
	$(EXPORT) --extra gpu > modal-apps/functions/requirements-gpu.txt

modal-deploy: setup ## Deploy the GPU functions to Modal
	.venv/bin/modal deploy -m captionacc_modal.app

##@ Run in containers
.PHONY: compose-up compose-demo compose-token
COMPOSE_DEMO_SAMPLE := .captionacc/compose-demo
compose-up: ## Build the images, start them and wait until they are healthy; needs Docker
	VERSION=$$(git describe --tags --always --dirty) REVISION=$$(git rev-parse HEAD) docker compose up --build --detach --wait

compose-demo: setup ## Put a video through the compose stack and print its captions (VIDEO=file; default: a sample)
	$(if $(VIDEO),,.venv/bin/python -m captionacc_cli.demo.sample $(COMPOSE_DEMO_SAMPLE))
	.venv/bin/python -m infra.docker.try_video $(or $(VIDEO),"$$(ls -t $(COMPOSE_DEMO_SAMPLE)/*/captioned-sample.mp4 | head -n 1)")

compose-token: setup ## Print a user token for the gateway of the compose stack
	@.venv/bin/python -m infra.docker.try_video --token

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
PYTHON ?= python3
TRAIN_PYTHON := .venv-train/bin/python
TRAIN_PATH := packages/contracts/src:modal-apps/media/src:modal-apps/extents/src:modal-apps/scoring/src:modal-apps/training/src
EXPORT = $(UV) export --frozen --quiet --no-header --package captionacc-modal --no-dev --no-emit-workspace
# Conftest modules share their name, so each folder is checked on its own.
COMPUTE_TESTS := services/flow-worker/tests/integration/compute
TYPED_TESTS := $(filter-out services/flow-worker/tests,$(wildcard packages/*/tests services/*/tests modal-apps/*/tests)) \
  'services/flow-worker/tests --exclude $(COMPUTE_TESTS)' $(COMPUTE_TESTS) \
  cli/tests infra/stack/tests tests/kit/tests tests/kit/src tests/architecture tests/e2e tests/chaos benchmarks infra/checks conftest.py
T ?=
RUNS ?= 5
SEED ?= 1
DATA ?= training-data
COMMAND ?= all

##@ Start here
.PHONY: demo test
demo: setup ## Set everything up and run the main job on a captioned sample
	.venv/bin/captionacc demo

test: setup ## Set everything up and run every test that needs no cloud (T=path narrows)
	.venv/bin/pytest -m 'not chaos' $(T)

##@ Develop
.PHONY: help setup check lint format typecheck arch lock-check infra-check test-unit test-contract test-integration
.PHONY: test-e2e test-torch test-chaos test-prefect-contract train-env training bench bench-start bench-extents
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.synced ## Install uv when it is missing, and the locked environment

$(filter .uv/bin/uv,$(UV)):
	$(PYTHON) -m venv .uv
	.uv/bin/pip install --quiet --disable-pip-version-check 'uv>=0.9,<0.14'

.venv/.synced: uv.lock pyproject.toml $(wildcard */pyproject.toml */*/pyproject.toml) | $(filter .uv/bin/uv,$(UV))
	$(UV) sync --frozen --quiet
	touch $@

check: setup lint typecheck arch lock-check infra-check ## Everything that needs no server: lint, types, dependency rules, lock, infra files

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
	.venv/bin/check-jsonschema --schemafile infra/fly/fly.schema.json services/*/fly.toml

test-unit: setup ## Pure tests only
	.venv/bin/pytest -m unit

test-contract: setup ## What we rely on in private code of others and in processes
	.venv/bin/pytest -m contract

test-integration: setup ## Tests against real servers on loopback
	.venv/bin/pytest -m integration

test-e2e: setup ## The whole stack on real videos
	.venv/bin/pytest -m e2e

test-chaos: setup ## Kill and cut the whole stack at random (RUNS=n SEED=s)
	CHAOS_RUNS=$(RUNS) CHAOS_SEED=$(SEED) .venv/bin/pytest -m chaos $(or $(T),tests/chaos)
	CHAOS_KILLS=$(RUNS) CHAOS_SEED=$(SEED) .venv/bin/pytest -s services/flow-worker/tests/chaos

test-prefect-contract: setup ## What we rely on in Prefect's private code; run it first on an upgrade
	.venv/bin/pytest services/flow-worker/tests/contract/test_prefect_private_names.py services/flow-worker/tests/contract/test_prefect_bulk_route.py

train-env: $(TRAIN_PYTHON) ## A separate environment with torch, for training and its tests

$(TRAIN_PYTHON): modal-apps/training/requirements.txt
	$(PYTHON) -m venv .venv-train
	.venv-train/bin/pip install --quiet --disable-pip-version-check -r modal-apps/training/requirements.txt
	touch $@

training: train-env ## Run one command of the training, or all of it (COMMAND=all DATA=training-data)
	PYTHONPATH=$(TRAIN_PATH) $(TRAIN_PYTHON) -m captionacc_training $(COMMAND) --folder $(DATA)

test-torch: train-env ## The tests that need torch
	PYTHONPATH=$(TRAIN_PATH):tests/kit/src $(TRAIN_PYTHON) -m pytest -q modal-apps/extents/tests/torch modal-apps/training/tests/torch

bench: setup ## Measure, against a baseline run beside it
	.venv/bin/python -m benchmarks.media

bench-start: setup ## Measure how fast jobs start, against a stock Prefect worker
	.venv/bin/python -m benchmarks.start

bench-extents: train-env ## Measure the caption-extents model, against simpler ways (DATA=training-data)
	PYTHONPATH=.:$(TRAIN_PATH) $(TRAIN_PYTHON) -m benchmarks.extents --folder $(DATA)

##@ Run the local stack
.PHONY: up down status logs
up: setup ## Start the embedded stack
	.venv/bin/captionacc up

down: setup ## Stop it
	.venv/bin/captionacc down

status: setup ## Addresses, pids and data folders of the stack
	.venv/bin/captionacc status

logs: setup ## Show the services' logs
	.venv/bin/captionacc logs

##@ Deploy
.PHONY: migrate deploy modal-requirements modal-deploy
migrate: setup ## Apply the migrations to SUPABASE_DB_URL
	.venv/bin/captionacc-migrate --directory infra/supabase/migrations

deploy: ## Deploy one service to Fly.io (SERVICE=webhook-gateway|priority|flow-worker)
	fly deploy . --config services/$(SERVICE)/fly.toml

modal-requirements: setup ## Export the locked requirements of the Modal image
	$(EXPORT) > modal-apps/functions/requirements.txt
	$(EXPORT) --extra gpu > modal-apps/functions/requirements-gpu.txt

modal-deploy: setup ## Deploy the GPU functions to Modal
	.venv/bin/modal deploy -m captionacc_modal.app

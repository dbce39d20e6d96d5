# Everything a user or a contributor types. `make` alone explains itself.
PYTHON ?= /usr/bin/python3
LAB ?= lab
BIN := .venv/bin
AS_ROOT := $(if $(filter 0,$(shell id -u)),,sudo --)

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-down test unit integration lint format lock lab-up lab-down lab-status lab-doctor bench bench-setup openstack-images openstack-tarball openstack-test image docs clean

help: ## this list
	@echo "Sturnus: OpenStack in containers on a Kubernetes platform."
	@echo "New here? make setup && make demo"
	@echo
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install all that the lab and the tests need (Debian packages, PyPI, Go modules); root or sudo
	@PYTHON=$(PYTHON) ./tools/setup

demo: setup ## tell the story so far, on a lab that stays up; CHAPTER=power tells one
	@$(BIN)/python -m demo $(CHAPTER)

demo-down: ## take the demo's lab down
	@$(BIN)/lab down --name demo

test: setup ## all tests: lint, unit, integration; on a lab of its own, or TEST_LAB=name
	@./tools/test

unit: ## the tests that need neither root nor a lab: seconds
	@$(BIN)/pytest -q tests/unit

integration: ## the tests on a real lab (LAB=name; it is brought up if it is not)
	@$(BIN)/pytest -q tests/integration --lab $(LAB)

lint: ## ruff, mypy --strict, import-linter, shell and Go formatting
	@./tools/lint

format: ## let ruff and gofmt rewrite
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix --quiet . ; gofmt -w lab/programs/cmd apps/openstack/images/entrypoint

lock: ## resolve requirements.lock anew from pyproject.toml
	@./tools/lock

lab-up: ## three real hosts with a real Kubernetes (LAB=name)
	@$(BIN)/lab up --name $(LAB)

lab-down: ## take them away again, with everything that belongs to them
	@$(BIN)/lab down --name $(LAB)

lab-status: ## what runs where
	@$(BIN)/lab status --name $(LAB)

lab-doctor: ## what this machine lacks, and what to do about it
	@$(BIN)/lab doctor

bench-setup: setup ## build what the benchmarks compare with: helmfile, from its Go module (once, minutes)
	@if [ "$$(id -u)" = 0 ]; then $(BIN)/lab programs build --peers; else sudo -- $(BIN)/lab programs build --peers; fi

openstack-images: ## build the OpenStack application's images; LAB=name also publishes them there
	@$(AS_ROOT) $(BIN)/python -m apps.openstack.images build
ifeq ($(origin LAB),command line)
	@$(AS_ROOT) $(BIN)/python -m apps.openstack.images publish --lab $(LAB)
endif

openstack-test: setup ## the tests of a user of the cloud: OpenStack, installed on a lab of its own (TEST_LAB=name: on that one)
	@./tools/openstack-test

openstack-tarball: openstack-images ## dist/openstack-VERSION.tgz, which `system application-upload` takes
	@$(BIN)/python -m apps.openstack.tarball

image: ## dist/sturnus-image-VERSION.tar: the platform's own programs as a container image (root)
	@$(AS_ROOT) $(BIN)/python -m apps.sturnus

docs: ## build the documents into site/; a broken link, or a page that no list names, is an error
	@$(BIN)/python -m sphinx -q -W --keep-going docs site && echo "site/index.html"

bench: ## measure the lab's times and memory; results go to bench/results
	@$(BIN)/python bench/lab.py

clean: ## remove what was made in the checkout (labs and caches stay: lab down, lab clean-cache)
	@rm -rf .venv .make dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

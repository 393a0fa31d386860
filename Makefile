# Everything a newcomer runs. `make demo` shows the region on this machine, `make test` runs the suite, `make check` is what
# the continuous integration runs. Needs git, make, Python 3.11 or later with venv; works as root and as an ordinary user.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.SILENT:
.PHONY: help demo test check lint install install-dev chromium clean

PORT ?= 8000
MONTH ?= 2023-08
PYTEST ?=
BAR ?=

help:
	echo "make demo    the whole region on this machine, at http://127.0.0.1:$(PORT)  (PORT=, MONTH=)"
	echo "make test    the whole test suite"
	echo "make check   lint, types, imports, then the tests with the bar on coverage"
	echo "make clean   remove the environment and the caches"

demo: install
	exec .venv/bin/istmo demo --month "$(MONTH)" --port "$(PORT)"

test: install-dev chromium
	if [ -n "$(PYTEST)" ]; then .venv/bin/python -m pytest $(PYTEST); else bash .ci/tests $(BAR); fi

check: install-dev
	$(MAKE) --no-print-directory lint
	$(MAKE) --no-print-directory test BAR=--bar

lint: install-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

install:
	bash .ci/install requirements.lock

install-dev:
	bash .ci/install requirements-dev.lock

chromium:
	bash .ci/chromium

clean:
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage src/*.egg-info
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

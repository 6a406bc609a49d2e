# Two commands matter: make paper TOPIC="..." and make test. `make help` lists the rest.
# Works with GNU make 3.81 (macOS) and later.

.DEFAULT_GOAL := help
.PHONY: help paper setup test quick test-all checks servers clean FORCE

# Kept as raw text: make expands nothing in it and the recipe reads it from the environment, so that quotes, $(..) and
# backticks in a topic reach the program as they were typed. ARGS is read by the shell as if typed there.
override TOPIC := $(value TOPIC)
override ARGS := $(value ARGS)
export TOPIC PYTHON

ifneq ($(filter paper,$(MAKECMDGOALS)),)
ifeq ($(strip $(TOPIC)),)
$(error give a topic: make paper TOPIC="Does label smoothing help a small network on handwritten digits?")
endif
endif

# A set-up that was moved, or whose Python is gone, is made again.
STALE := $(shell test -x .venv/bin/python && test "$$(cat .venv/.place 2>/dev/null)" = "$$PWD" || echo FORCE)
PYTEST := .venv/bin/python -m pytest -p scripts.left_out -n auto

help:
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile

paper: .venv/.installed .venv/.system ## TOPIC="..." from a topic to papers/; more options by ARGS="--generations 1"
	@exec .venv/bin/naturalist run $(ARGS) -- "$$TOPIC"

setup: .venv/.installed .venv/.system ## make .venv, install what is missing (paper and test do it too)

test: checks servers ## checks and all tests but the heavy ones (minutes each)
	@$(PYTEST) -m "not heavy"

quick: checks servers ## checks and the tests that take no more than seconds
	@$(PYTEST) -m "not slow and not heavy"

test-all: checks servers ## checks and every test
	@$(PYTEST)

checks: .venv/.installed-dev .venv/.system
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/lint-imports
	@.venv/bin/pyright --pythonpath .venv/bin/python

servers:
	@sh scripts/install_test_system.sh

clean: ## remove .venv and caches; workspace/ and papers/ stay
	rm -rf .venv dist .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . \( -path ./workspace -o -path ./papers -o -path ./.git \) -prune -o -name __pycache__ -exec rm -rf {} +

.venv/.installed: pyproject.toml constraints.txt $(STALE)
	@sh scripts/install_python.sh run

.venv/.installed-dev: pyproject.toml constraints.txt $(STALE)
	@sh scripts/install_python.sh dev

# Without TeX there is no stamp: every call looks again (20 ms) and says what to install.
.venv/.system:
	@sh scripts/install_system.sh

FORCE:

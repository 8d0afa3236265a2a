# Everything runs from here; `make help` says what there is.
#
#   TORCH_INDEX=URL   where `make setup` takes torch from, when pip's own index carries a build you do not want
#   PYTHON=python3.12 the interpreter for `make setup` (3.11 or newer)
#   ARGS='…'          handed on to `earmark serve`, pytest or the benchmarks
#   EARMARK_HOME=…    the archive that `make run` opens

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup run test check soak fix bench bench-quality docs screenshots clean

PYTHON ?= python3
TORCH_INDEX ?=
ARGS ?=
export PYTHON TORCH_INDEX

BIN := .venv/bin
say = @printf '\n── %s\n' "$(1)"

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:  ## Make .venv with everything in it; at once when it is up to date
	@scripts/setup

run: setup  ## Serve on http://127.0.0.1:7860, with the examples if the archive is empty
	@scripts/run $(ARGS)

test: setup  ## Get Chromium where that is allowed, then do all of `make check`
	@scripts/browser
	@$(MAKE) --no-print-directory check

check: setup  ## Format, lint, types, layers, generated docs, tests: what CI runs, fast to slow
	$(call say,ruff format)
	@$(BIN)/ruff format --check .
	$(call say,ruff check)
	@$(BIN)/ruff check .
	$(call say,generated docs are up to date)
	@scripts/docs --check
	$(call say,import-linter)
	@$(BIN)/lint-imports --no-logo
	$(call say,mypy)
	@$(BIN)/mypy
	$(call say,pytest with doctests)
	@scripts/tests $(ARGS)

soak: setup  ## Kill, fill, race and flood it for the better part of an hour: the full counts of `make test`
	@$(BIN)/python -m pytest -m soak --durations=0 $(ARGS)

fix: setup  ## Format and mend what ruff can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: setup  ## Write the generated parts of docs/reference anew
	@scripts/docs -r

screenshots: setup  ## Take the pictures in docs/images anew, or those that ARGS names
	@$(BIN)/python scripts/screenshots $(ARGS)

bench: setup  ## Measure speed and size beside LangChain's stock recipe: docs/reference (reads ../shared)
	@$(BIN)/python -m benchmarks.speed $(ARGS)

bench-quality: setup  ## Measure quality beside others', the judge, the verifier: docs/reference (reads ../shared)
	@$(BIN)/python -m benchmarks.quality $(ARGS)
	@$(BIN)/python -m benchmarks.wice --write
	@$(BIN)/python -m benchmarks.bent_claims --write

clean:  ## Remove caches and build output; .venv and your archive stay
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

# The whole way from a clean clone: Python 3.9 or newer, make and git are all that must be there.
# Each step of the set-up is one stamp in .tools/stamps that depends on its lock; a step that was interrupted is done again.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

BIN := .venv/bin
LAKE := $(BIN)/lake
STAMP := .tools/stamps
SETUP := $(addprefix $(STAMP)/, venv emulator glue airflow node java jars wheels extraction-wheels function-wheels spark-classes \
	trino-java trino trino-classes)
# The rooms that are checked for types, as far as they are there; the DAGs have an environment of their own.
ROOMS := $(wildcard app.py) $(foreach room, stacks medallion glue_jobs lambdas local cli report review bench tools tests, \
	$(if $(wildcard $(room)/*.py $(room)/*/*.py $(room)/*/*/*.py),$(room)))
# Tests that share a lake stay together (tests/conftest.py). Three workers for two cores: a test with a laptop waits for a fifth of its time.
PYTEST := $(BIN)/pytest --no-loadscope-reorder --numprocesses=3

# What other tools of this machine are set to must not reach into ours.
export PYTHONUTF8 := 1
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME SPARK_HOME SPARK_CONF_DIR JAVA_TOOL_OPTIONS NODE_OPTIONS
# Each command would compile all of its modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test nightly check types units baseline review bench lock format clean distclean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## Everything the other commands need, into .venv, .tools and node_modules; implied by them
	@tools/preflight.sh
	@$(MAKE) --silent --jobs=3 $(SETUP)

demo: setup ## The laptop's AWS, a real deploy, a real grocer's data, a run, a query, a report
	@tools/demo.sh

test: setup $(STAMP)/clients check ## Everything that CI runs
	$(PYTEST) tests/spark tests/local tests/faults tests/synth
	@echo "make test: style, types, layers and all tests passed"

nightly: setup $(STAMP)/airflow-fallback $(STAMP)/clients $(STAMP)/langextract ## What repeats a promise at full size or on an older version, and each benchmark once
	$(PYTEST) --full-size -m full_size tests
	$(BIN)/python -m bench --repeats 1 --no-verdict --page build/nightly/benchmarks.md

check: $(STAMP)/venv $(STAMP)/airflow ## Fast: style, types, layers, unit tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python -m review access
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(MAKE) --silent --jobs=2 types units

# Side by side, so that what one prints must not come between what the other does.
types:
	@tools/step.sh types sh -c '$(BIN)/mypy $(ROOMS) && \
		$(if $(wildcard mwaa_dags/*.py),$(BIN)/mypy --config-file tools/airflow-types.ini mwaa_dags local/services/mwaa/web_access.py &&) \
		echo "[setup] types"'

units:
	$(PYTEST) --numprocesses=2 tests/unit

baseline: $(STAMP)/venv $(STAMP)/wheels $(STAMP)/extraction-wheels $(STAMP)/function-wheels ## Accept what the templates are now: write the baselines that their test compares with
	$(BIN)/python -m review accept
	$(BIN)/pytest -q tests/synth/test_baselines.py --accept

review: $(STAMP)/venv $(STAMP)/wheels $(STAMP)/extraction-wheels $(STAMP)/function-wheels $(STAMP)/node ## What this branch changes for a reviewer (BASE=origin/main), as Markdown
	@$(BIN)/python -m review compare $(if $(BASE),--base $(BASE))

bench: setup $(STAMP)/langextract ## The benchmarks, each a ratio measured in one run
	$(BIN)/python -m bench

format: $(STAMP)/venv ## Format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(STAMP)/venv $(STAMP)/glue $(STAMP)/java ## Resolve every lock anew (UPGRADE=1 takes newer versions)
	tools/lock.sh $(if $(UPGRADE),--upgrade)

clean: ## Stop the laptop's AWS and remove what was built; the environments stay
	@if [ -x $(LAKE) ] && [ -d .lake ]; then LAKE_HOME="$(CURDIR)/.lake" $(LAKE) down; fi
	rm -rf .lake build cdk.out dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

distclean: clean ## Remove the environments and downloads too
	rm -rf .venv .tools node_modules

# --- The steps of the set-up ----------------------------------------------------------------------------------------------------------

$(STAMP)/uv: requirements/bootstrap.txt tools/uv.sh
	@tools/step.sh uv tools/uv.sh
	@mkdir -p $(STAMP) && touch $@

$(STAMP)/venv: requirements/dev.txt pyproject.toml tools/environment.sh | $(STAMP)/uv
	@tools/step.sh venv tools/environment.sh .venv 3.13 requirements/dev.txt --project
	@touch $@

$(STAMP)/emulator: requirements/emulator.txt tools/environment.sh | $(STAMP)/uv
	@tools/step.sh emulator tools/environment.sh .tools/emulator 3.13 requirements/emulator.txt
	@touch $@

$(STAMP)/glue: requirements/glue.txt tools/environment.sh | $(STAMP)/uv
	@UV_COMPILE_BYTECODE=1 tools/step.sh glue tools/environment.sh .tools/glue 3.13 requirements/glue.txt
	@touch $@

$(STAMP)/airflow: requirements/airflow.txt tools/environment.sh | $(STAMP)/uv
	@UV_COMPILE_BYTECODE=1 tools/step.sh airflow tools/environment.sh .tools/airflow 3.12 requirements/airflow.txt
	@touch $@

$(STAMP)/airflow-fallback: requirements/airflow-fallback.txt tools/environment.sh | $(STAMP)/uv
	@UV_COMPILE_BYTECODE=1 tools/step.sh airflow-fallback tools/environment.sh .tools/airflow-fallback 3.12 requirements/airflow-fallback.txt
	@touch $@

$(STAMP)/node: package-lock.json .npmrc tools/node_modules.sh | $(STAMP)/venv
	@tools/step.sh node tools/node_modules.sh
	@touch $@

$(STAMP)/java: requirements/jdk.txt tools/java.sh | $(STAMP)/venv
	@tools/step.sh java tools/java.sh
	@touch $@

$(STAMP)/jars: tools/jars.txt tools/jars.sha256 tools/jars.py $(STAMP)/glue $(STAMP)/java | $(STAMP)/venv
	@tools/step.sh jars .venv/bin/python -m tools.jars
	@touch $@

$(STAMP)/wheels: requirements/glue-wheels.txt tools/wheels.sh | $(STAMP)/venv
	@tools/step.sh wheels tools/wheels.sh .tools/wheels requirements/glue-wheels.txt
	@touch $@

$(STAMP)/extraction-wheels: requirements/extraction-wheels.txt tools/wheels.sh | $(STAMP)/venv
	@tools/step.sh extraction-wheels tools/wheels.sh .tools/extraction-wheels requirements/extraction-wheels.txt
	@touch $@

$(STAMP)/function-wheels: requirements/function-wheels.txt tools/function_wheels.sh | $(STAMP)/venv
	@tools/step.sh function-wheels tools/function_wheels.sh
	@touch $@

$(STAMP)/spark-classes: $(STAMP)/jars tools/spark_classes.py tools/spark_training.py tools/training_emulator.py local/services/glue/spark/runtime.py | $(STAMP)/emulator $(STAMP)/venv
	@tools/step.sh spark-classes .venv/bin/python -m tools.spark_classes
	@touch $@

$(STAMP)/trino-java: requirements/trino-jdk.txt tools/trino_java.sh | $(STAMP)/venv
	@tools/step.sh trino-java tools/trino_java.sh
	@touch $@

$(STAMP)/trino: tools/trino.sha256 tools/trino.py | $(STAMP)/venv $(STAMP)/glue $(STAMP)/java
	@tools/step.sh trino .venv/bin/python -m tools.trino
	@touch $@

$(STAMP)/trino-classes: $(STAMP)/trino $(STAMP)/trino-java tools/trino_classes.py tools/training_emulator.py local/services/athena/trino/runtime.py | $(STAMP)/emulator $(STAMP)/venv
	@tools/step.sh trino-classes .venv/bin/python -m tools.trino_classes
	@touch $@

# --- Clients of the laptop, for the test of docs/connect.md alone -----------------------------------------------------------------------

$(STAMP)/clients: requirements/clients.txt tools/environment.sh | $(STAMP)/uv
	@tools/step.sh clients tools/environment.sh .tools/clients 3.13 requirements/clients.txt
	@touch $@

# --- A peer, for the benchmarks alone ----------------------------------------------------------------------------------------------------

$(STAMP)/langextract: requirements/langextract.txt tools/environment.sh | $(STAMP)/uv
	@UV_COMPILE_BYTECODE=1 tools/step.sh langextract tools/environment.sh .tools/langextract 3.13 requirements/langextract.txt
	@touch $@

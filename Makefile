# Everything runs in .venv, which needs Python 3.11, 3.12 or 3.13 and the package
# index, and nothing else. uv installs, in a fraction of pip's time: where there is none, pip
# brings it into .venv, and installs itself where that does not work or where pip has
# another index. Versions are those of constraints.txt, on every machine the same.

PYTHON ?= python3
ADDRESS ?= localhost
PORT ?= 8501
# SERVE=1 leaves out what only training and evaluation need.
SERVE ?=

BIN := .venv/bin

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test golden lock clean

help:
	@echo 'make run     install what is missing and start the dashboard'
	@echo '             (ADDRESS=$(ADDRESS), PORT=$(PORT); SERVE=1 without training)'
	@echo 'make test    install what is missing, then lint, check types and test'
	@echo 'make golden  store what the shipped models say now, for tests/golden'
	@echo 'make lock    renew constraints.txt within the limits of pyproject.toml'
	@echo 'make clean   remove .venv and every cache'
	@echo
	@echo 'PYTHON=$(PYTHON) names the interpreter that .venv is made with.'

run: $(if $(SERVE),.venv/.installed-serve,.venv/.installed)
	@$(BIN)/python -m dashboard.entry --server.address $(ADDRESS) --server.port $(PORT)
	$(BIN)/streamlit run app.py --server.address $(ADDRESS) --server.port $(PORT)

# Tests start hundreds of processes, each of which would compile all that it imports.
test: export PYTHONDONTWRITEBYTECODE :=
test: .venv/.installed-dev $(if $(RAPPORT_TEST_DEPLOY),.venv/.installed-deploy)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	@echo $(BIN)/mypy
	@$(call mypy)
	RAPPORT_TEST_DEPLOY= $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadscope --no-loadscope-reorder
	$(if $(RAPPORT_TEST_DEPLOY),PYTHONPATH=$(CURDIR)/.venv/deploy \
		$(BIN)/python -m pytest tests/deploy/test_files.py tests/batch/test_sources.py)

golden: .venv/.installed-dev
	$(BIN)/python -m tests.golden

lock: .venv/.installed-dev
	$(BIN)/python -m uv --version >/dev/null 2>&1 || $(call pip,uv)
	$(BIN)/python -m uv pip compile --quiet --universal --upgrade --python-version 3.11 \
		--extra train --extra dev --extra scale --no-annotate --no-header pyproject.toml -o constraints.txt

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache
	find . -name .git -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

# The stamps are written last, so an install that broke off is taken up again.
.venv/.installed-serve: pyproject.toml constraints.txt
	$(call install,--editable .)
	@touch $@

.venv/.installed: requirements.txt pyproject.toml constraints.txt
	$(call install,--requirement requirements.txt)
	@touch $@ .venv/.installed-serve

.venv/.installed-dev: requirements-dev.txt requirements.txt pyproject.toml constraints.txt
	$(call install,--requirement requirements-dev.txt)
	@touch $@ .venv/.installed .venv/.installed-serve

# What holds deploy/ to the schemas of compose and Kubernetes, and s3:// to a server of S3, asks for
# older packages than constraints.txt has, and is 300 MB: it lies beside the others, and only where
# RAPPORT_TEST_DEPLOY is set.
.venv/.installed-deploy: .venv/.installed-dev
	@$(BIN)/python -c '$(DEPLOY)' > .venv/deploy.txt
	@$(call pip,--target .venv/deploy --requirement .venv/deploy.txt)
	@touch $@

# Each line runs only if the one before went well. A .venv that is missing, was
# made with another Python or no longer starts is made anew.
define install
@if ! $(BIN)/python -c '$(FITTING)' 2>/dev/null; then \
	if ! $(PYTHON) -c '$(FITTING)' 2>/dev/null; then \
		found=$$($(PYTHON) --version 2>/dev/null) || found='not there'; \
		echo 'Rapport needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is' \
			"$$found; name another with make PYTHON=..." >&2; \
		exit 1; \
	fi; \
	rm -rf .venv && \
	if $(HAVE_UV); then uv venv --quiet --python "$$($(PYTHON) -c '$(WHERE)')" .venv; \
	else $(PYTHON) -m venv .venv; fi || { \
		rm -rf .venv; \
		echo 'No virtual environment can be made with $(PYTHON);' \
			'install uv, or venv for it (python3-venv on Debian).' >&2; \
		exit 1; \
	}; \
fi
@echo 'Installing into .venv ...'
@$(call pip,$(1) --constraint constraints.txt)
endef

define pip
if $(HAVE_UV); then uv pip install --python $(BIN)/python $(1); else \
	{ $(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip; } && { \
		! $(BIN)/python -m pip config list | grep -Eq '\.(index-url|no-index|proxy)=' && \
		$(PIP) --quiet --only-binary :all: uv && \
		$(BIN)/python -m uv pip install --python $(BIN)/python $(1) || \
		$(PIP) $(1); }; \
fi
endef

# The first time mypy keeps one core busy for half a minute. Another compiles meanwhile what tests
# import, and librosa by numba what it keeps from then on, or every worker would do that for itself.
define mypy
if [ -d .mypy_cache ]; then $(BIN)/mypy; else \
	{ $(BIN)/python -m pytest --collect-only; \
		$(BIN)/python -c 'from librosa.feature import mfcc'; } >/dev/null 2>&1 & \
	$(BIN)/mypy; status=$$?; wait; exit $$status; \
fi
endef

# A process for each core and two more, because many tests wait for a browser or for other
# processes; but no more than memory allows: one takes up to 2 GB.
CORES := import os; own = getattr(os, "sched_getaffinity", None); \
	print(min((len(own(0)) if own else os.cpu_count() or 1) + 2, 4))
WORKERS := $(shell $(PYTHON) -c '$(CORES)' 2>/dev/null || echo 2)
DEPLOY := import tomllib; project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	print(*project["optional-dependencies"]["deploy"], sep="\n")
FITTING := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
WHERE := import sys; print(sys.executable)
HAVE_UV := uv --version >/dev/null 2>&1
PIP := $(BIN)/python -m pip install --disable-pip-version-check

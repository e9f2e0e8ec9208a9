# Everything runs in .venv, which needs Python 3.11 or newer and the package
# index, and nothing else. uv is used where it is installed: it is quicker.

PYTHON ?= python3
ADDRESS ?= localhost
PORT ?= 8501

BIN := .venv/bin

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test clean

help:
	@echo 'make run     install what is missing and start the dashboard'
	@echo '             (ADDRESS=$(ADDRESS), PORT=$(PORT))'
	@echo 'make test    install what is missing, then lint, check types and test'
	@echo 'make clean   remove .venv and every cache'
	@echo
	@echo 'PYTHON=$(PYTHON) names the interpreter that .venv is made with.'

run: .venv/.installed
	$(BIN)/streamlit run app.py --server.address $(ADDRESS) --server.port $(PORT)

test: .venv/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m pytest

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache
	find . -name .git -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

# The stamps are written last, so an install that broke off is taken up again.
.venv/.installed: requirements.txt
	$(call install,requirements.txt)
	@touch $@

.venv/.installed-dev: requirements-dev.txt requirements.txt
	$(call install,requirements-dev.txt)
	@touch $@ .venv/.installed

# Each line runs only if the one before went well. A .venv that is missing, was
# made with an older Python or no longer starts is made anew.
define install
@if ! $(BIN)/python -c '$(RECENT)' 2>/dev/null; then \
	if ! $(PYTHON) -c '$(RECENT)' 2>/dev/null; then \
		found=$$($(PYTHON) --version 2>/dev/null) || found='not there'; \
		echo 'Rapport needs Python 3.11 or newer, and $(PYTHON) is' \
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
@echo 'Installing $(1) into .venv ...'
@if $(HAVE_UV); then uv pip install --python $(BIN)/python -r $(1); else \
	{ $(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip; } && \
	$(BIN)/python -m pip install --disable-pip-version-check -r $(1); \
fi
endef

RECENT := import sys; sys.exit(sys.version_info < (3, 11))
WHERE := import sys; print(sys.executable)
HAVE_UV := uv --version >/dev/null 2>&1

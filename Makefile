# inloop: every target a newcomer needs. A fresh machine has Python >= 3.11 (with venv and headers), gcc, g++ and make;
# cmake, ninja and all else come as wheels into $(VENV). Stamp files make a second call fast.
PYTHON ?= python3
VENV   ?= .venv
JOBS   ?= 2
PYTEST_ARGS ?= -q -rs --numprocesses=$(JOBS) --dist=loadfile

export CMAKE_BUILD_PARALLEL_LEVEL = $(JOBS)
export PIP_DISABLE_PIP_VERSION_CHECK = 1

BIN     := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --constraint constraints.txt
BUILD   := "scikit-build-core>=1.0" "nanobind>=2.4" cmake ninja
CORE    := $(shell find native -type f) src/inloop/__init__.py
SOURCES := $(shell find native -name '*.cpp' -o -name '*.hpp' -o -name '*.h' -o -name '*.c')

.PHONY: help demo test prove pages reproduce-mir reproduce-gasoptics lint docs bench remote-server system-packages clean

help:
	@echo "make demo             compare all methods on built-in shapes: a table, and a picture and a page under out/"
	@echo "make test             build, install with the [dev] extras, run the tests"
	@echo "make prove            the long proofs, then the pages"
	@echo "make pages            what the docs show of the program: errors, verification, the picture"
	@echo "make reproduce-mir    train the shipped learned kernel again: samples, training, bundle, under out/"
	@echo "make reproduce-gasoptics  the same of the gas-optics kernels; their data by INLOOP_DATA, about an hour"
	@echo "make lint             ruff, mypy, the import walls, clang-format"
	@echo "make docs             the documentation site, under site/"
	@echo "make bench            the speed of methods and kernels, beside their peers, and of the host simulations"
	@echo "make remote-server    NVIDIA's Triton server for inloop serve, in an environment of its own beside $(VENV)"
	@echo "make system-packages  what pip cannot install: gfortran and friends (Debian, as root)"
	@echo "make clean            remove what was built; the environment stays"

# The environment, with the tools that build the core. The build is not isolated: what was compiled is kept in build/.
$(VENV)/.tools: constraints.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(INSTALL) $(BUILD)
	@touch $@

$(VENV)/.base: $(VENV)/.tools $(CORE)
	@echo "building the core and installing inloop into $(VENV) (about a minute)"
	@$(INSTALL) --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.tools $(CORE)
	@echo "building the core and installing inloop[dev] into $(VENV) (some minutes the first time)"
	@$(INSTALL) --no-build-isolation --editable ".[dev]"
	@touch $@ $(VENV)/.base

demo: $(VENV)/.base
	$(BIN)/inloop compare

test: $(VENV)/.dev
	$(BIN)/python -m pytest $(PYTEST_ARGS)

prove: $(VENV)/.dev
	$(BIN)/python -m pytest -q -rs -m prove
	@$(MAKE) --no-print-directory pages

# What the documentation shows of the program is written by the program.
pages: $(VENV)/.base
	$(BIN)/python docs/make_errors.py
	$(BIN)/python docs/make_verification.py
	$(BIN)/python docs/make_training.py
	$(BIN)/python docs/make_learned.py
	$(BIN)/python docs/make_owed.py
	$(BIN)/python docs/make_throughput.py
	$(BIN)/python docs/make_limits.py
	$(BIN)/python docs/make_remote.py
	$(BIN)/python docs/make_simulate.py
	$(BIN)/inloop compare --picture docs/images/compare.png --page out/compare.html

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/clang-format --dry-run -Werror $(SOURCES)

# An hour and a half on one core; goes on where it was if interrupted.
reproduce-mir: $(VENV)/.dev
	$(BIN)/inloop train mir --out out/mir-bundle --directory out/mir-training

GAS := longwave-32 shortwave-32 shortwave-64 shortwave-96 shortwave-96-fast
reproduce-gasoptics: $(VENV)/.dev
	for preset in $(GAS); do $(BIN)/inloop train gasoptics --preset $$preset --out out/gas/gas-$$preset || exit 1; done
	$(BIN)/inloop train gasoptics-planck --out out/gas/gas-planck

docs: $(VENV)/.dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

# The wheel's server asks for older packages than inloop: an environment of its own, with what the server itself needs.
remote-server: $(VENV)-triton/.ready

$(VENV)-triton/.ready: remote-server.txt
	@test -x $(VENV)-triton/bin/python || $(PYTHON) -m venv $(VENV)-triton
	@$(VENV)-triton/bin/python -m pip install --quiet --no-deps --requirement remote-server.txt
	@touch $@

system-packages:
	@.ci/system-packages

clean:
	rm -rf build out site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -f $(VENV)/.tools $(VENV)/.base $(VENV)/.dev $(VENV)-triton/.ready

# Few words: run test check bench load train image image-check. Each installs what it needs into .venv first, once.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
# small matrix products are slower on two threads than on one
export OPENBLAS_NUM_THREADS = 1
export OMP_NUM_THREADS = 1

.PHONY: run test check bench load train image image-check

run: $(VENV)/.run  ## start the app at http://localhost:7860
	@$(PY) -m app run

test: $(VENV)/.test  ## every law, page and graph, browser too
	@$(PY) -m pytest -n auto --maxprocesses 4 --dist worksteal

check: $(VENV)/.test  ## style, types, graphs
	@$(PY) -m ruff check . && $(PY) -m ruff format --check . && $(PY) -m mypy && $(PY) -m app check

bench: $(VENV)/.test  ## the table of numbers in docs/bench.md, measured now
	@$(PY) -m bench

load: $(VENV)/.test  ## a class and others against nginx and two processes; make load SCENARIO="class own"
	@$(PY) -m bench.load $(SCENARIO)

train: $(VENV)/.test  ## make train NAME=unet_digits DATA=../shared/data
	@$(PY) -m models.train $(NAME) $(if $(DATA),--data $(DATA))

image:  ## the container image; make image KIND=gpu for CUDA with TensorRT
	docker build --build-arg KIND=$(or $(KIND),cpu) -t glassbox:$(or $(KIND),cpu) .

image-check: $(VENV)/.test  ## the image's steps without an engine: a clean Debian, user 1000, the page opened (root)
	@$(PY) -m tests.debian debootstrap
	@$(PY) -m ops.image --write

$(VENV)/.run: requirements.txt
	@echo "Installing what the app needs into $(VENV) (once) …"
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements-dev.txt
	@echo "Installing what the tests and the training need into $(VENV) (once) …"
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@$(PY) -m tests.browser.chromium
	@$(PY) -m tests.debian
	@touch $@

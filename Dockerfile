# One file, two images: docker build --build-arg KIND=cpu (the default) or KIND=gpu (CUDA 13, TensorRT 10.14).
# `make image-check` runs these very steps in a clean Debian where there is no container engine.
ARG KIND=cpu

# Debian alone: its Python is 3.11, and nginx comes from the same hand.
FROM debian:bookworm-slim AS base
RUN apt-get update && apt-get install -y --no-install-recommends nginx python3 \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
RUN useradd --create-home --uid 1000 user
ENV PATH=/opt/glassbox/bin:/usr/local/bin:/usr/bin:/bin PYTHONUNBUFFERED=1 HOME=/home/user \
    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 GLASSBOX_HOST=0.0.0.0 GLASSBOX_PORT=7860
WORKDIR /home/user/app

FROM base AS build
ENV PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv binutils \
    && python3 -m venv /opt/glassbox
COPY ops/slim.py ops/slim.py

# The CPU image takes the small wheel of ONNX Runtime; both bring the same module. Every file has a known hash.
FROM build AS cpu
COPY requirements.lock requirements-cpu.lock ./
RUN sed '/^onnxruntime-gpu==/,/[^\\]$/d' requirements.lock > rest.lock \
    && pip install --require-hashes -r rest.lock -r requirements-cpu.lock && python ops/slim.py /opt/glassbox

FROM build AS gpu
COPY requirements.txt requirements.lock requirements-gpu.txt requirements-gpu.lock ./
# All but TensorRT has a known hash: it comes from NVIDIA's own index, by its version.
RUN pip install --require-hashes -r requirements.lock -r requirements-gpu.lock \
    && pip install -r requirements-gpu.txt && python ops/slim.py /opt/glassbox

FROM ${KIND} AS installed

FROM base
COPY --from=installed /opt/glassbox /opt/glassbox
COPY --chown=1000:1000 app app
COPY --chown=1000:1000 models models
COPY --chown=1000:1000 assets assets
COPY --chown=1000:1000 ops/nginx.conf ops/nginx.conf
# What Python compiles at first use then lies beside it, where user 1000 may not write.
RUN HOME=/tmp/root python -c "from app.ui.server import server; server()" && rm -rf /tmp/root
USER 1000
# What every visitor meets first is computed here, once.
RUN python -m app record
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD python -c "import urllib.request as r; r.urlopen('http://127.0.0.1:7860/healthz', timeout=9)"
CMD ["python", "-m", "app", "serve"]

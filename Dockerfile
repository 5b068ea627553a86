# One file, two images: docker build --build-arg KIND=cpu (the default) or KIND=gpu (CUDA 13, TensorRT 10.14).
ARG KIND=cpu

FROM python:3.11-slim AS base
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 HOME=/home/user GLASSBOX_HOST=0.0.0.0 GLASSBOX_PORT=7860
RUN useradd --create-home --uid 1000 user
WORKDIR /home/user/app

# The CPU image takes the small wheel of ONNX Runtime; both bring the same module.
FROM base AS cpu
COPY requirements.txt .
RUN sed -E 's/^onnxruntime-gpu(==[0-9.]+).*/onnxruntime\1/; /^onnxruntime==.*;/d' requirements.txt > cpu.txt \
    && pip install -r cpu.txt

FROM base AS gpu
COPY requirements.txt requirements-gpu.txt ./
RUN pip install -r requirements-gpu.txt

FROM ${KIND}
COPY --chown=user:user app app
COPY --chown=user:user models models
COPY --chown=user:user assets assets
USER 1000
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD python -c "import urllib.request as r; r.urlopen('http://127.0.0.1:7860/healthz', timeout=4)"
CMD ["python", "-m", "app", "run"]

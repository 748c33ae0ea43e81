"""Every setting once: the environment variable, its default and its meaning."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from difflib import get_close_matches
from functools import cached_property
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from function.errors import ConfigurationError, field_errors, in_one_line
from function.extensions import BACKENDS, registered
from function.trm.checkpoint_files import read_fields
from function.trm.names import GRID_NETWORKS, PREFIX

CANONICAL_REQUEST = "io.homelab.trm.inference.requested"
REASONING_REQUEST = "io.homelab.reasoning.requested"
FUNC_INVOKE_REQUEST = "boson.fn"
"""The event type that ``func invoke`` sends by default."""
LEAST_TOKEN = 16
"""Characters of a bearer token."""
ALERT_WIDTH = 8
"""Alerts in the native TRM's engine at once: more in a step only lose the processor's cache."""
PUZZLE_WIDTH = 4
"""Puzzles at work at once: each computes for itself, and a hard one for seconds."""
NATIVE_WIDTH = ALERT_WIDTH + PUZZLE_WIDTH
LEAST_WAITERS = 4
"""Threads that may wait for each thing outside lanes and queue, however few threads there are."""

Protocol = Literal["grpc", "http/protobuf"]
Exporter = Literal["otlp", "none"]
OWN_BACKENDS = ("local", "ollama", "openai", "huggingface", "anthropic", "mlx")
COMMIT = re.compile(r"[0-9a-f]{40}")


def _is_one_word(text: str) -> str:
    # The value itself stays out of the message: it may hold a password, or end a line of the log.
    if not text.isprintable() or " " in text:
        raise ValueError("must be printable, without blanks and line breaks")
    return text


def _is_http_url(text: str) -> str:
    _is_one_word(text)
    with suppress(ValueError):
        parts = urlsplit(text)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return text
    raise ValueError("must be an http or https URL")


def _fits_a_header(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    if not (value.isascii() and value.isprintable() and value.strip() == value):
        raise ValueError("must be printable ASCII without spaces around it")
    return secret


Word = Annotated[str, AfterValidator(_is_one_word)]
Url = Annotated[str, AfterValidator(_is_http_url)]
Secret = Annotated[SecretStr, AfterValidator(_fits_a_header)]

_FOREIGN = re.compile(r"TRM_(?:FUNCTION_URL|AGENT|TOKEN|SERVICE_.*|PORT(?:_.*)?)")


class Endpoint(NamedTuple):
    """Where one kind of telemetry goes, and how."""

    url: str
    protocol: Protocol


class Settings(BaseModel):
    """Typed settings, read from the environment; field aliases are the variables' names, and the
    text below each its meaning."""

    model_config = ConfigDict(
        populate_by_name=True,
        frozen=True,
        protected_namespaces=(),
        validate_default=True,
        use_attribute_docstrings=True,
    )

    host: str = Field("0.0.0.0", alias="HOST")
    """Address the server listens on."""
    port: int = Field(8080, alias="PORT", ge=0, le=65535)
    """Port it listens on."""
    scrape_port: int | None = Field(None, alias="TRM_SCRAPE_PORT", ge=0, le=65535)
    """Port of `/metrics` and `/health/` under the Knative Functions middleware, which passes events
    only; the function's own server has both on `PORT`."""
    threads: int = Field(128, alias="TRM_THREADS", ge=1, le=512)
    """Server threads; each holds one event from arrival to reply."""
    queue: int = Field(32, alias="TRM_QUEUE", ge=0, le=500)
    """Requests that may wait for a free slot; one more is refused with 429, as is one that cannot
    be done before its deadline."""
    grace_seconds: int = Field(30, alias="TRM_GRACE_SECONDS", ge=0, le=86_400)
    """Time running events get to finish after SIGTERM."""
    receive_seconds: int = Field(30, alias="TRM_RECEIVE_SECONDS", ge=1, le=3_600)
    """Time a sender has for one request, from its first byte to its last; then 408."""
    max_body_bytes: int = Field(1_048_576, alias="TRM_MAX_BODY_BYTES", ge=1_024, le=67_108_864)
    """Longest accepted HTTP body in bytes; a longer one is refused with 413."""
    playground: bool = Field(False, alias="TRM_PLAYGROUND")
    """Whether `GET /` is a page to try requests on, with a history of recent events in memory."""
    mcp: bool = Field(False, alias="TRM_MCP")
    """Whether `POST /mcp` is an MCP server with the function's abilities as tools; needs the extra
    `mcp`."""
    batches: bool = Field(False, alias="TRM_BATCHES")
    """Whether batches of events (`application/cloudevents-batch+json`) are accepted; else they get
    415."""
    bearer_tokens: tuple[SecretStr, ...] = Field((), alias="TRM_BEARER_TOKENS")
    """Tokens, separated by commas; a sender of events has to present one. Without any, everybody
    may send. Probes, `/metrics` and `/schemas/` never ask for one."""
    dead_letters_tokens: tuple[SecretStr, ...] = Field((), alias="TRM_DEAD_LETTERS_TOKENS")
    """Tokens of the dead letter sink, separated by commas: one has to be presented to list, show,
    resend or delete. Without any, everybody may. Brokers deliver without one."""
    source: Word = Field("/trm", alias="TRM_SOURCE", min_length=1)
    """`source` of every reply event."""
    request_types: tuple[Word, ...] = Field((), alias="TRM_REQUEST_TYPES")
    """More event types to answer, separated by commas."""
    profiles: str | None = Field(None, alias="TRM_PROFILES")
    """Folder of profiles of your own, `NAME.toml` each, added to the shipped ones; one of the same
    name replaces a shipped one."""
    max_deadline_ms: int = Field(120_000, alias="TRM_MAX_DEADLINE_MS", ge=1, le=604_800_000)
    """Longest time one event may take, in ms; a request can only ask for less."""
    reply: Literal["auto", "response", "sink"] = Field("auto", alias="TRM_REPLY")
    """Where replies go: `response`, `sink`, or `auto`: the sink if there is one and the sender did
    not say `Prefer: reply`."""
    sink: Url | None = Field(None, alias="K_SINK")
    """URL replies are posted to; set by a SinkBinding."""
    sink_ca_certs: str | None = Field(None, alias="K_CA_CERTS")
    """PEM certificates trusted for the sink."""
    ce_overrides: str | None = Field(None, alias="K_CE_OVERRIDES")
    """JSON `extensions` set on every reply; set by a SinkBinding."""
    service: str = Field("", alias="K_SERVICE")
    """Name of the function in the keys of the shared store; set by Knative. Without it `TRM_SOURCE`
    alone distinguishes functions."""
    namespace: str = Field("", alias="POD_NAMESPACE")
    """Its namespace in the same keys."""
    dedupe_url: Word | None = Field(None, alias="TRM_DEDUPE_URL")
    """`redis://...` shared by replicas, so that an event is answered once."""
    dedupe_seconds: int = Field(600, alias="TRM_DEDUPE_SECONDS", ge=1, le=2_592_000)
    """How long a reply is kept for an event that is delivered again."""
    backends: tuple[str, ...] = Field((), alias="TRM_BACKENDS")
    """What may answer, in order of preference, separated by commas: `local`, `ollama`, `openai`,
    `huggingface`, `anthropic`, `mlx`, or the name of an installed one. Empty: `local`
    (`huggingface` with `TRM_USE_HF_API`), then `ollama` if `OLLAMA_URL` is set."""
    silence_seconds: float = Field(30, alias="TRM_SILENCE_SECONDS", gt=0, allow_inf_nan=False)
    """How long a model on a server may write nothing before the next backend is asked, in s."""
    hosted_tokens: int = Field(65_536, alias="TRM_HOSTED_TOKENS", ge=256)
    """Tokens, read and written, that one event may cost at models on servers; its first call is
    always made. Then the best candidate so far is returned with `stop_reason` `budget`."""
    escalate: bool = Field(False, alias="TRM_ESCALATE")
    """Whether the next backend is asked as well when an answer fails its checks, is empty or has a
    low calibrated confidence; the better answer is returned."""
    escalation_threshold: float = Field(0.7, alias="TRM_ESCALATION_THRESHOLD", ge=0, le=1)
    """Calibrated confidence under which `TRM_ESCALATE` asks the next backend."""
    model_name: str = Field("embedded", alias="TRM_MODEL_NAME", min_length=1)
    """`embedded`, the path of a GGUF file, a folder of Hugging Face's format, `owner/name` or
    `owner/name:FILE.gguf` on the hub, or a network of the native TRM: `trm:` and a shipped name,
    the path of a checkpoint, or `owner/name` or `owner/name:FILE` on the hub."""
    choice_prompt: Literal["auto", "listed", "unlisted"] = Field("auto", alias="TRM_CHOICE_PROMPT")
    """Whether the prompt of a `choose` request lists the options, so that their names are scored,
    or names none of them, so that their descriptions are; `auto` takes what was measured to be
    better for the model."""
    model_path: str | None = Field(None, alias="TRM_MODEL_PATH")
    """Path of a GGUF file or a folder to run instead of what `TRM_MODEL_NAME` names."""
    models: tuple[str, ...] = Field((), alias="TRM_MODELS")
    """More local models, separated by commas and named as in `TRM_MODEL_NAME`, that a request can
    ask for by `model`; loaded when one does."""
    models_mib: int = Field(2_048, alias="TRM_MODELS_MIB", ge=1)
    """Memory that the models of `TRM_MODELS` may take together, in MiB; the least recently used one
    goes when another needs its room."""
    model_revision: str = Field("", alias="TRM_MODEL_REVISION")
    """Commit or branch of that model on the hub."""
    trust_remote_code: bool = Field(False, alias="TRM_TRUST_REMOTE_CODE")
    """Whether Python code in the model's repository may run; needs a commit in
    `TRM_MODEL_REVISION`."""
    device: Literal["auto", "cpu", "cuda", "mps"] = Field("auto", alias="DEVICE")
    """Where torch computes; `auto` takes CUDA, then MPS, then the CPU."""
    halt_above: float | None = Field(None, alias="TRM_HALT_ABOVE", allow_inf_nan=False)
    """Halting logit over which a network of the native TRM stops; empty takes the one that each was
    published with."""
    network_fields: dict[str, Any] = Field({}, alias="TRM_MODEL_CONFIG")
    """Configuration of the network that `TRM_MODEL_NAME` names, over the one beside its weights:
    fields as JSON (`{"H_cycles": 3, "L_cycles": 4}`), or the path of a file such as
    `all_config.yaml`."""
    slots: int = Field(8, alias="TRM_SLOTS", ge=1, le=64)
    """Requests worked on side by side; the local model decodes that many."""
    window: int = Field(4_096, alias="TRM_WINDOW", ge=512, le=1_048_576)
    """Tokens of prompt plus answer in each slot of the local model."""
    engine_threads: int = Field(0, alias="TRM_ENGINE_THREADS", ge=0)
    """CPU threads of a local model or network; 0 takes every core this process may use, by its
    affinity and its cgroup's CPU quota."""
    ollama_url: Url | None = Field(None, alias="OLLAMA_URL")
    """Ollama server."""
    ollama_model: str = Field("llama3.2:3b", alias="OLLAMA_MODEL", min_length=1)
    """Model Ollama runs."""
    ollama_keep_alive: str = Field("5m", alias="OLLAMA_KEEP_ALIVE", pattern=r"^-?\d+(ms|s|m|h)?$")
    """How long Ollama keeps the model in memory after an answer, such as `5m`; a bare number is
    seconds, `-1` without end."""
    openai_url: Url | None = Field(None, alias="OPENAI_BASE_URL")
    """OpenAI-compatible API (vLLM, llama.cpp, LM Studio), such as `http://vllm:8000/v1`."""
    openai_key: Secret | None = Field(None, alias="OPENAI_API_KEY")
    """Its key, if it wants one."""
    openai_model: str = Field("", alias="OPENAI_MODEL")
    """Its model; empty takes the first one it lists."""
    use_hf_api: bool = Field(False, alias="TRM_USE_HF_API")
    """Let Hugging Face's Inference Providers run the model instead of this process."""
    hf_token: Secret | None = Field(None, alias="HF_API_TOKEN")
    """Hugging Face token for Inference Providers."""
    hf_model: str = Field("", alias="HF_API_MODEL")
    """Hub model they run, `owner/name` or `owner/name:provider`; empty takes `TRM_MODEL_NAME`."""
    anthropic_key: Secret | None = Field(None, alias="ANTHROPIC_API_KEY")
    """Key of Anthropic's API."""
    anthropic_model: str = Field("claude-haiku-4-5", alias="ANTHROPIC_MODEL", min_length=1)
    """Model of Anthropic's API."""
    mlx_model: str = Field(
        "mlx-community/Llama-3.2-3B-Instruct-4bit", alias="MLX_MODEL", min_length=1
    )
    """Model that mlx-lm runs on Apple silicon: `owner/name` on the hub, or a folder."""
    log_level: str = Field("INFO", alias="LOG_LEVEL")
    """`DEBUG`, `INFO`, `WARNING` or `ERROR`."""

    otlp_url: Url | None = Field(None, alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    """Collector that traces and metrics are sent to; without one nothing is traced. The SDK heeds
    its other standard `OTEL_*` variables too."""
    otlp_traces_url: Url | None = Field(None, alias="OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    """Another one for traces; over HTTP the whole path."""
    otlp_metrics_url: Url | None = Field(None, alias="OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")
    """Another one for metrics; over HTTP the whole path."""
    otlp_protocol: Protocol = Field("grpc", alias="OTEL_EXPORTER_OTLP_PROTOCOL")
    """`grpc` or `http/protobuf`."""
    otlp_traces_protocol: Protocol | None = Field(None, alias="OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
    """Another one for traces."""
    otlp_metrics_protocol: Protocol | None = Field(
        None, alias="OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"
    )
    """Another one for metrics."""
    traces_exporter: Exporter = Field("otlp", alias="OTEL_TRACES_EXPORTER")
    """`otlp`, or `none` for no traces."""
    metrics_exporter: Exporter = Field("otlp", alias="OTEL_METRICS_EXPORTER")
    """`otlp`, or `none` for no metrics."""
    telemetry_off: bool = Field(False, alias="OTEL_SDK_DISABLED")
    """Send nothing, whatever else is set."""
    capture_content: bool = Field(False, alias="OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT")
    """Show prompts and answers in the spans of model calls, with any personal data in them."""

    @field_validator("bearer_tokens", "dead_letters_tokens", mode="before")
    @classmethod
    def _split_tokens(cls, value: object) -> object:
        # An empty part is a secret that was not filled in: without it everybody might be let in.
        return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value

    @field_validator("request_types", "backends", "models", mode="before")
    @classmethod
    def _split_list(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("network_fields", mode="before")
    @classmethod
    def _read_fields(cls, value: object) -> object:
        return read_fields(value) if isinstance(value, str) else value

    @field_validator("bearer_tokens", "dead_letters_tokens")
    @classmethod
    def _hard_to_guess(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for token in value:
            text = token.get_secret_value()
            if len(text) < LEAST_TOKEN or not (text.isascii() and text.isprintable()):
                raise ValueError(f"a token needs at least {LEAST_TOKEN} printable characters")
        return value

    @field_validator("request_types")
    @classmethod
    def _refuse_reply_types(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        # A function that answers its own replies would loop through the broker.
        loops = [t for t in value if t.endswith((".completed", ".failed", ".step"))]
        if loops:
            raise ValueError(f"a reply type cannot be a request type: {', '.join(loops)}")
        return value

    @field_validator("backends")
    @classmethod
    def _backends_are_known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in OWN_BACKENDS and name not in registered(BACKENDS):
                raise ValueError(f"only {', '.join((*OWN_BACKENDS, *registered(BACKENDS)))}")
        return value

    @field_validator("backends")
    @classmethod
    def _name_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError("names a backend twice")
        return value

    @field_validator("models")
    @classmethod
    def _name_text_models_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError("names a model twice")
        if networks := [name for name in value if name.startswith(PREFIX)]:
            raise ValueError(f"networks are not named here: {', '.join(networks)}")
        return value

    @model_validator(mode="after")
    def _backends_are_usable(self) -> Settings:
        needs = {
            "ollama": (self.ollama_url, "OLLAMA_URL"),
            "openai": (self.openai_url, "OPENAI_BASE_URL"),
            "huggingface": (self.hf_token, "HF_API_TOKEN"),
            "anthropic": (self.anthropic_key, "ANTHROPIC_API_KEY"),
        }
        for name in self.order:
            given, variable = needs.get(name, (True, ""))
            if not given:
                raise ValueError(f"the backend {name} needs {variable}")
        if "huggingface" in self.order and "/" not in self.hf_name:
            raise ValueError("the backend huggingface needs HF_API_MODEL as owner/name")
        if self.use_hf_api and "huggingface" not in self.order:
            raise ValueError("TRM_USE_HF_API is set, but TRM_BACKENDS does not name huggingface")
        return self

    @model_validator(mode="after")
    def _code_is_pinned(self) -> Settings:
        # A branch may hold other code tomorrow than what was reviewed today.
        if self.trust_remote_code and not COMMIT.fullmatch(self.model_revision):
            raise ValueError("TRM_TRUST_REMOTE_CODE needs a commit (40 hex) in TRM_MODEL_REVISION")
        return self

    @property
    def order(self) -> tuple[str, ...]:
        """The backends that may answer, in order of preference; at least one."""
        if self.backends:
            return self.backends
        first = "huggingface" if self.use_hf_api else "local"
        return (first, "ollama") if self.ollama_url else (first,)

    @property
    def traces_endpoint(self) -> Endpoint | None:
        """Where traces go; None for nowhere."""
        protocol = self.otlp_traces_protocol or self.otlp_protocol
        if self.telemetry_off or self.traces_exporter == "none":
            return None
        return self._endpoint(self.otlp_traces_url, protocol, "v1/traces")

    @property
    def metrics_endpoint(self) -> Endpoint | None:
        """Where metrics go besides ``/metrics``; None for nowhere."""
        protocol = self.otlp_metrics_protocol or self.otlp_protocol
        if self.telemetry_off or self.metrics_exporter == "none":
            return None
        return self._endpoint(self.otlp_metrics_url, protocol, "v1/metrics")

    def _endpoint(self, own: str | None, protocol: Protocol, path: str) -> Endpoint | None:
        if own is not None:
            return Endpoint(own, protocol)
        if self.otlp_url is None or protocol == "grpc":
            return Endpoint(self.otlp_url, protocol) if self.otlp_url else None
        return Endpoint(f"{self.otlp_url.rstrip('/')}/{path}", protocol)

    @property
    def network(self) -> str | None:
        """The network of the native TRM that `model_name` names, if it names one."""
        if self.model_path is not None or not self.model_name.startswith(PREFIX):
            return None
        return self.model_name.removeprefix(PREFIX)

    @model_validator(mode="after")
    def _fields_have_a_network(self) -> Settings:
        if self.network_fields and self.network is None:
            raise ValueError("TRM_MODEL_CONFIG is set, but TRM_MODEL_NAME names no network (trm:)")
        if self.network_fields and self.network in GRID_NETWORKS:
            raise ValueError(
                f"TRM_MODEL_CONFIG does not apply to trm:{self.network}, whose sizes are fixed"
            )
        return self

    @property
    def extra_models(self) -> tuple[str, ...]:
        """The models that requests can ask for and that the chain does not hold anyway."""
        served = (self.model_path or self.model_name,) if "local" in self.order else ()
        return tuple(name for name in self.models if name not in served)

    @property
    def hf_name(self) -> str:
        """The hub model that Hugging Face's API runs."""
        return self.hf_model or ("" if self.network else self.model_name)

    @model_validator(mode="after")
    def _sink_is_known(self) -> Settings:
        if self.reply == "sink" and self.sink is None:
            raise ValueError("TRM_REPLY is sink, but K_SINK is not set")
        return self

    @model_validator(mode="after")
    def _threads_are_left(self) -> Settings:
        # With every thread in the queue none would be left to refuse the next event.
        least = self._lane_threads
        if self.threads < least:
            lanes = 1 + len(self.extra_models)
            slots = "TRM_SLOTS" if lanes == 1 else f"{lanes} x TRM_SLOTS"
            raise ValueError(
                f"TRM_THREADS must be at least {least}: {slots} + TRM_QUEUE + {NATIVE_WIDTH + 1}"
            )
        return self

    @property
    def _lane_threads(self) -> int:
        """Threads that events in lanes and queue can hold, and one to refuse the next event."""
        return (1 + len(self.extra_models)) * self.slots + self.queue + NATIVE_WIDTH + 1

    @property
    def waiters(self) -> int:
        """Threads that may wait for something else, of each kind: the work of another thread on
        the same event, the sink, the reader of a stream."""
        return max(LEAST_WAITERS, self.threads // 4)

    @property
    def pool_threads(self) -> int:
        """Threads of the server: one is always left to refuse."""
        return self._lane_threads + 5 * self.waiters

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        level = value.upper()
        if level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return level

    @cached_property
    def accepted_types(self) -> frozenset[str]:
        """Event types that are answered; every other type is acknowledged with 204."""
        return frozenset(
            (CANONICAL_REQUEST, REASONING_REQUEST, FUNC_INVOKE_REQUEST, *self.request_types)
        )


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from ``environment``, or from the process's own.

    :raises ConfigurationError: with one line naming every variable that has a wrong value.
    """
    values = os.environ if environment is None else environment
    known = {str(field.alias) for field in Settings.model_fields.values()}
    try:
        return Settings.model_validate({k: v for k, v in values.items() if k in known and v})
    except ValidationError as error:
        problems = " ".join(in_one_line(field_errors(error)).split())
        raise ConfigurationError(f"wrong setting: {problems}") from None


def unknown_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return variables that begin with ``TRM_`` and are not settings, and what each may mean.

    Not among them are those of the client, and those that Kubernetes sets for a Service ``trm``.
    """
    known = {str(field.alias) for field in Settings.model_fields.values()}
    found = (
        name
        for name in environment
        if name.startswith("TRM_") and name not in known and not _FOREIGN.fullmatch(name)
    )
    return {name: "".join(get_close_matches(name, known, 1, 0.7)) for name in sorted(found)}


def settings_table() -> str:
    """Return every setting as a row of a markdown table: variable, default, meaning."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for field in Settings.model_fields.values():
        default = "" if field.default in (None, (), "") else f"`{field.default}`"
        meaning = " ".join((field.description or "").split())
        rows.append(f"| `{field.alias}` | {default} | {meaning} |")
    return "\n".join(rows)

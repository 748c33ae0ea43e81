"""Every name on a span, and of every metric that a convention names, once.

OpenTelemetry's semantic conventions of the version in :data:`SCHEMA_URL`: HTTP, messaging,
CloudEvents and generative AI. The last three are still in development there, so names change
between versions.
"""

from __future__ import annotations

from typing import Final

SCHEMA_URL: Final = "https://opentelemetry.io/schemas/1.44.0"

ERROR_TYPE: Final = "error.type"

HTTP_REQUEST_METHOD: Final = "http.request.method"
HTTP_RESPONSE_STATUS_CODE: Final = "http.response.status_code"
HTTP_ROUTE: Final = "http.route"
URL_PATH: Final = "url.path"
URL_SCHEME: Final = "url.scheme"

MESSAGING_MESSAGE_ID: Final = "messaging.message.id"
MESSAGING_OPERATION_NAME: Final = "messaging.operation.name"
MESSAGING_OPERATION_TYPE: Final = "messaging.operation.type"
MESSAGING_SYSTEM: Final = "messaging.system"

CLOUDEVENTS_EVENT_ID: Final = "cloudevents.event_id"
CLOUDEVENTS_EVENT_SPEC_VERSION: Final = "cloudevents.event_spec_version"
CLOUDEVENTS_EVENT_TYPE: Final = "cloudevents.event_type"

GEN_AI_INPUT_MESSAGES: Final = "gen_ai.input.messages"
GEN_AI_OPERATION_NAME: Final = "gen_ai.operation.name"
GEN_AI_OUTPUT_MESSAGES: Final = "gen_ai.output.messages"
GEN_AI_OUTPUT_TYPE: Final = "gen_ai.output.type"
GEN_AI_PROVIDER_NAME: Final = "gen_ai.provider.name"
GEN_AI_REQUEST_CHOICE_COUNT: Final = "gen_ai.request.choice.count"
GEN_AI_REQUEST_MAX_TOKENS: Final = "gen_ai.request.max_tokens"
GEN_AI_REQUEST_MODEL: Final = "gen_ai.request.model"
GEN_AI_REQUEST_TEMPERATURE: Final = "gen_ai.request.temperature"
GEN_AI_RESPONSE_FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
GEN_AI_RESPONSE_MODEL: Final = "gen_ai.response.model"
GEN_AI_TOKEN_TYPE: Final = "gen_ai.token.type"
GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS: Final = "gen_ai.usage.cache_read.input_tokens"
GEN_AI_USAGE_INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
GEN_AI_USAGE_OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"

HTTP_SERVER_REQUEST_DURATION: Final = "http.server.request.duration"
MESSAGING_PROCESS_DURATION: Final = "messaging.process.duration"
MESSAGING_CLIENT_OPERATION_DURATION: Final = "messaging.client.operation.duration"
GEN_AI_CLIENT_OPERATION_DURATION: Final = "gen_ai.client.operation.duration"
GEN_AI_CLIENT_TOKEN_USAGE: Final = "gen_ai.client.token.usage"

# What no convention has a name for.
TRM_ACCEPTED: Final = "trm.step.accepted"
TRM_CHECK: Final = "trm.check.name"
TRM_CHECK_PASSED: Final = "trm.check.passed"
TRM_CONFIDENCE: Final = "trm.confidence"
TRM_CONFIDENCE_METHOD: Final = "trm.confidence.method"
TRM_DUPLICATE: Final = "trm.duplicate"
TRM_FAILURE: Final = "trm.failure"
TRM_STEP: Final = "trm.step.number"
TRM_STEPS: Final = "trm.steps"
TRM_STOP_REASON: Final = "trm.stop_reason"
TRM_TASK: Final = "trm.task"

SYSTEM: Final = "cloudevents"
"""The function sees CloudEvents over HTTP and not the broker's own protocol."""

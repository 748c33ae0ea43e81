"""Settings: read once, from the environment, or refused in one line."""

from __future__ import annotations

import pytest

from function.errors import ConfigurationError
from function.settings import (
    CANONICAL_REQUEST,
    FUNC_INVOKE_REQUEST,
    REASONING_REQUEST,
    Settings,
    load_settings,
)


def test_defaults() -> None:
    settings = load_settings({})
    assert (settings.host, settings.port, settings.model_name) == ("0.0.0.0", 8080, "embedded")
    assert settings.model_path is None and settings.ollama_url is None
    assert settings.accepted_types == {CANONICAL_REQUEST, REASONING_REQUEST, FUNC_INVOKE_REQUEST}


def test_every_setting_has_a_variable_and_a_meaning_of_its_own() -> None:
    fields = Settings.model_fields.values()
    variables = [field.alias for field in fields]
    assert all(variables) and len(set(variables)) == len(variables)
    assert all(field.description and field.description.endswith(".") for field in fields)


def test_the_environment_is_read() -> None:
    settings = load_settings(
        {
            "PORT": "9001",
            "TRM_SLOTS": "4",
            "TRM_SOURCE": "/trm/lab",
            "OLLAMA_URL": "http://ollama:11434",
            "LOG_LEVEL": "debug",
            "TRM_REQUEST_TYPES": " org.example.asked , ,org.example.wanted",
            "SOMETHING_ELSE": "ignored",
        }
    )
    assert (settings.port, settings.slots, settings.source) == (9001, 4, "/trm/lab")
    assert settings.ollama_url == "http://ollama:11434"
    assert settings.log_level == "DEBUG"
    assert settings.request_types == ("org.example.asked", "org.example.wanted")
    assert {"org.example.asked", CANONICAL_REQUEST} < settings.accepted_types


def test_an_empty_variable_is_no_variable() -> None:
    assert load_settings({"PORT": "", "OLLAMA_URL": "", "TRM_MODEL_NAME": ""}) == load_settings({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("TRM_THREADS", "0"),
        ("TRM_THREADS", "many"),
        ("TRM_GRACE_SECONDS", "-1"),
        ("TRM_MAX_BODY_BYTES", "10"),
        ("TRM_MAX_DEADLINE_MS", "0"),
        ("TRM_SLOTS", "0"),
        ("TRM_SLOTS", "1.5"),
        ("TRM_WINDOW", "100"),
        ("TRM_ENGINE_THREADS", "-2"),
        ("LOG_LEVEL", "LOUD"),
        ("TRM_REQUEST_TYPES", "io.homelab.trm.inference.completed"),
        ("TRM_REQUEST_TYPES", "org.example.asked,org.example.failed"),
        ("TRM_REQUEST_TYPES", "org.example.step"),
        ("TRM_BACKENDS", "locale"),
        ("TRM_BACKENDS", "local,local"),
        ("TRM_USE_HF_API", "maybe"),
        ("OLLAMA_URL", "ollama:11434"),
        ("OLLAMA_URL", "http://"),
        ("OLLAMA_URL", "http://ollama:99999"),
        ("OLLAMA_KEEP_ALIVE", "long"),
        ("OPENAI_BASE_URL", "file:///etc/passwd"),
        ("OPENAI_API_KEY", "two\nlines"),
        ("ANTHROPIC_API_KEY", "schlüssel"),
    ],
)
def test_a_wrong_value_stops_the_start_with_one_line(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        load_settings({name: value})
    assert str(refusal.value).startswith(f"wrong setting: {name}")
    assert "\n" not in str(refusal.value) and "Value error" not in str(refusal.value)


def test_every_wrong_value_is_named() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        load_settings({"PORT": "x", "TRM_SLOTS": "y", "LOG_LEVEL": "z"})
    assert all(name in str(refusal.value) for name in ("PORT", "TRM_SLOTS", "LOG_LEVEL"))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("environment", "order"),
    [
        ({}, ("local",)),
        ({"OLLAMA_URL": "http://o:11434"}, ("local", "ollama")),
        ({"TRM_BACKENDS": "ollama, local", "OLLAMA_URL": "http://o"}, ("ollama", "local")),
        ({"TRM_BACKENDS": "local", "OLLAMA_URL": "http://o"}, ("local",)),
        (
            {"TRM_USE_HF_API": "true", "HF_API_TOKEN": "hf_x", "TRM_MODEL_NAME": "owner/name"},
            ("huggingface",),
        ),
        (
            {"TRM_BACKENDS": "openai,anthropic", "OPENAI_BASE_URL": "http://vllm:8000/v1"}
            | {"ANTHROPIC_API_KEY": "sk-x"},
            ("openai", "anthropic"),
        ),
    ],
)
def test_the_order_of_backends(environment: dict[str, str], order: tuple[str, ...]) -> None:
    assert load_settings(environment).order == order


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        ({"TRM_BACKENDS": "ollama"}, "OLLAMA_URL"),
        ({"TRM_BACKENDS": "local,openai"}, "OPENAI_BASE_URL"),
        ({"TRM_BACKENDS": "anthropic"}, "ANTHROPIC_API_KEY"),
        ({"TRM_USE_HF_API": "1"}, "HF_API_TOKEN"),
        ({"TRM_USE_HF_API": "1", "HF_API_TOKEN": "hf_x"}, "HF_API_MODEL"),
        ({"TRM_USE_HF_API": "1", "TRM_BACKENDS": "local"}, "does not name huggingface"),
    ],
)
def test_a_backend_without_what_it_needs(environment: dict[str, str], missing: str) -> None:
    with pytest.raises(ConfigurationError, match=missing) as refusal:
        load_settings(environment)
    assert "\n" not in str(refusal.value) and "Value error" not in str(refusal.value)


def test_a_secret_is_never_shown() -> None:
    secrets = {
        "HF_API_TOKEN": "hf_secret",
        "OPENAI_API_KEY": "sk-secret",
        "ANTHROPIC_API_KEY": "sk-ant-secret",
    }
    settings = load_settings(secrets)
    assert "secret" not in repr(settings) + str(settings) + settings.model_dump_json()
    for name in secrets:
        with pytest.raises(ConfigurationError) as refusal:
            load_settings({name: "secret\x00"})
        assert "secret" not in str(refusal.value)
    with pytest.raises(ConfigurationError) as refusal:
        load_settings({"OLLAMA_URL": "ftp://user:secret@ollama"})
    assert "secret" not in str(refusal.value)

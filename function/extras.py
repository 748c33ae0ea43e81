"""Optional dependencies, by the names that pyproject.toml gives them."""

from __future__ import annotations

from importlib.util import find_spec

from function.errors import ConfigurationError

MODULES = {
    "transformers": ("torch", "transformers"),
    "redis": ("redis",),
    "mcp": ("mcp",),
    "otel": ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto"),
}


def require(extra: str, wanted_by: str) -> None:
    """Check that an extra is installed, without importing it.

    :raises ConfigurationError: a module is missing; the message names what needs it and the extra.
    """
    for module in MODULES[extra]:
        if not is_installed(module):
            raise ConfigurationError(
                f"{wanted_by} needs {module.partition('.')[0]}, which is not installed: "
                f"pip install 'function[{extra}]'"
            )


def is_installed(module: str) -> bool:
    """Return whether a module can be imported."""
    try:
        return find_spec(module) is not None
    except ImportError:  # a package above it is missing, or a finder refuses it
        return False

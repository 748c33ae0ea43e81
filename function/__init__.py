"""A Knative function that answers inference requests with verified, reflected answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from function.http.knative_func import TrmFunction

__all__ = ["create_app", "new"]
__version__ = "0.2.0"


def create_app() -> Flask:
    """Return the Flask application, with its model loading in the background.

    :raises ConfigurationError: a setting has no usable value.
    """
    from function.service import Service
    from function.settings import load_settings

    service = Service(load_settings())
    service.start()
    # Flask is imported while the model loads.
    from function.http.flask_app import build_app

    return build_app(service)


def new() -> TrmFunction:
    """Return the instance for the Knative Functions middleware, which asks for it by this name."""
    from function.http.knative_func import new as new_instance

    return new_instance()

"""Django's transaction.atomic with the types kept; knows no table."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import transaction

Given = ParamSpec("Given")
Result = TypeVar("Result")


def atomic(effect: Callable[Given, Result]) -> Callable[Given, Result]:
    """Runs the effect in one database transaction, or in its caller's."""
    wrapped: Callable[Given, Result] = transaction.atomic(effect)
    return wrapped

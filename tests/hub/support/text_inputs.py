"""Enter texts in the languages of a form."""

from collections.abc import Mapping
from typing import Any


def text_inputs(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the inputs of a form; a text by language becomes one input per language."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        texts = {f"_{language}": text for language, text in value.items()} if isinstance(value, dict) else {"": value}
        found |= {f"{prefix}{name}{ending}": text for ending, text in texts.items()}
    return found

"""Format numbers on pages the same way in every language: in groups of three digits."""

from django.template import Library

register = Library()


@register.filter
def thousands(count: int | str) -> str:
    """Write 1478 as 1,478; text in place of a count, such as "under 5", is unchanged."""
    return f"{count:,}" if isinstance(count, int) else count

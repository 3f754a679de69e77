"""Write numbers on pages in one way in every language: in groups of three digits, as figures and charts do."""

from django.template import Library

register = Library()


@register.filter
def grouped(count: int | str) -> str:
    """Write 1478 as 1,478; words that stand for a count, such as "under 5", stay."""
    return f"{count:,}" if isinstance(count, int) else count

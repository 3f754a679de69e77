"""Write numbers on pages in one way: in groups of three digits, as figures and charts do."""

from django.template import Library

register = Library()


@register.filter
def grouped(count: int) -> str:
    return f"{count:,}"

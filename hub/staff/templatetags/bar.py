"""Lays the top bar out for the template that every staff page stands on."""

from collections.abc import Sequence

from django import template

from hub.staff.navigation import Bar, arranged
from hub.staff.page import Way

register = template.Library()


@register.simple_tag
def top_bar(ways: Sequence[Way], more: Sequence[Way]) -> Bar:
    """The bar of these pages; without any where nobody is signed in."""
    return arranged([*(ways or ()), *(more or ())])

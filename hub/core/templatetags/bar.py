"""Provide the top bar and its languages to the base template of the staff pages."""

from collections.abc import Sequence

from django import template

from hub.core import language
from hub.core.pages.page import MenuEntry, TopBar, build_bar

register = template.Library()


@register.simple_tag
def top_bar(ways: Sequence[MenuEntry]) -> TopBar:
    """Return the bar of these pages; empty if the visitor is not signed in."""
    return build_bar(ways or ())


@register.simple_tag
def page_languages() -> tuple[language.PageLanguage, ...]:
    """Return the languages that staff can choose."""
    return language.page_languages()

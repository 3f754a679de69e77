"""Which roles there are in words, and which the one who is signed in has; gives nobody a right."""

from typing import Any

from django.apps import apps
from django.utils.module_loading import import_string
from django.utils.translation import pgettext


def roles() -> dict[str, str]:
    return {
        "clerk": pgettext("role", "Clerks"),
        "librarian": pgettext("role", "Librarians"),
        "marketing": pgettext("role", "Marketing"),
        "administrator": pgettext("role", "Administrators"),
    }


def mine(user: Any) -> tuple[str, ...]:
    """The roles whose goals are this user's; all of them where nobody has a role."""
    if apps.is_installed("hub.audit"):
        found = tuple(str(each) for each in import_string("hub.audit.roles.of")(user))
        return found or tuple(roles())
    return tuple(roles())

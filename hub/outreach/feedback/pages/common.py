"""What these staff pages share: patrons masked, colleagues, due times in words, and refusals; knows no matter."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext as _

from hub.outreach.library_system_registry import the_central
from hub.outreach.profiles.models import Person
from hub.staff import formatting


@dataclass(frozen=True, slots=True)
class Whom:
    """A patron as lists show her: masked, with the way to her page."""

    ref: str
    name: str
    last4: str


def whom(people: Iterable[Person | None]) -> dict[str, Whom]:
    """Asks at once who they all are; whoever is unknown or erased is left out."""
    refs = sorted({each.ref for each in people if each is not None})
    found = the_central().standing(refs) if refs else {}
    return {
        ref: Whom(ref, formatting.masked(each.name), formatting.last4(each.identifier)) for ref, each in found.items()
    }


def me(request: HttpRequest) -> User:
    """Who is signed in; the door lets nobody else in."""
    assert isinstance(request.user, User)
    return request.user


def colleagues() -> list[User]:
    """Who may have a matter given to them."""
    return list(User.objects.filter(is_staff=True, is_active=True).order_by("username"))


def named(user: User | None) -> str:
    """A colleague's name; empty for nobody."""
    return (user.get_full_name() or user.get_username()) if user else ""


def colleague(request: HttpRequest, field: str = "owner") -> User | None:
    """The colleague whom the posted form names, or nobody."""
    found: User | None = User.objects.filter(is_staff=True, username=request.POST.get(field, "")).first()
    return found


def due_words(due: datetime | None, now: datetime) -> str:
    """Says when an answer is due, or since when it has been."""
    if due is None:
        return ""
    return (_("since {when}") if due < now else _("by {when}")).format(when=formatting.when(due))


def new_transaction() -> str:
    """Goes into a form, so that one which is sent twice is done once."""
    return f"staff-{uuid4()}"


def transaction_of(request: HttpRequest) -> str:
    """The form's transaction; a form without one counts as new."""
    given = request.POST.get("transaction", "")
    return given if given.startswith("staff-") and len(given) <= 80 else new_transaction()

"""Share helpers of the feedback pages: colleagues, due times and form transactions."""

from datetime import datetime
from uuid import uuid4

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext as _

from hub.core.pages import formatting


def me(request: HttpRequest) -> User:
    """Return the signed-in member of staff; `staff_only` admits no other user."""
    assert isinstance(request.user, User)
    return request.user


def colleagues() -> list[User]:
    """Return the staff to whom something can be assigned."""
    return list(User.objects.filter(is_staff=True, is_active=True).order_by("username"))


def staff_name(user: User | None) -> str:
    """Return a colleague's name; empty for None."""
    return (user.get_full_name() or user.get_username()) if user else ""


def colleague(request: HttpRequest) -> User | None:
    """Return the colleague chosen in the posted form, or None."""
    return User.objects.filter(is_staff=True, username=request.POST.get("owner", "")).first()


def due_words(due: datetime | None, now: datetime) -> str:
    """Say when an answer is due, or since when it is overdue."""
    if due is None:
        return ""
    return (_("overdue since {when}") if due < now else _("due {when}")).format(when=formatting.date_and_time(due))


def new_transaction() -> str:
    """Return a new id for a form, so that a form sent twice takes effect once."""
    return f"staff-{uuid4()}"


def transaction_of(request: HttpRequest) -> str:
    """Return the form's transaction; a form without one counts as new."""
    given = request.POST.get("transaction", "")
    return given if given.startswith("staff-") and len(given) <= 80 else new_transaction()

"""Share helpers of the feedback pages: colleagues, due times and form transactions."""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from hub.core.pages import formatting
from hub.core.pages.page import report_error, report_success


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


def assign(request: HttpRequest, hand_over: Callable[[User | None], None], home: str) -> HttpResponse:
    """Hand over to the colleague that the posted `owner` names, or to no one; then go back to `home`."""
    name = request.POST.get("owner", "")
    to = User.objects.filter(is_staff=True, username=name).first()
    if to is None and name:
        return report_error(request, _("No staff member has this name."), home)
    hand_over(to)
    text = _("Assigned to {name}.").format(name=staff_name(to)) if to else _("Unassigned.")
    return report_success(request, text, home)


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

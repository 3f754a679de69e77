"""On her phone: her reading record and her code for friends, each begun and ended by herself."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach.loyalty import friends, records
from kiosk.hub.outreach.loyalty.models import Invitation, Record
from kiosk.hub.outreach.people.models import Person
from kiosk.hub.outreach.phone.door import page, signed_in
from kiosk.hub.outreach.phone.models import Scope
from kiosk.hub.staff import shown
from kiosk.hub.staff.kiosks import qr


@require_safe
@signed_in(Scope.ALL)
def mine(request: HttpRequest, person: Person) -> HttpResponse:
    record = Record.objects.filter(person=person).first()
    invitation = Invitation.objects.filter(person=person).first()
    address = friends.address(invitation) if invitation else ""
    return page(request, "mine", {
        "record": record,
        "since": shown.day(record.since) if record else "",
        "badge": records.badge(record.books) if record else 0,
        "badges": [(each, record.books >= each) for each in records.BADGES] if record else [],
        "following": records.following(record.books) if record else 0,
        "invitation": invitation,
        "address": address,
        "qr": qr(address) if address else "",
        "child": person.child,
    })  # fmt: skip


@require_POST
@signed_in(Scope.ALL)
def change(request: HttpRequest, person: Person, what: str, act: str) -> HttpResponse:
    """Begins or ends one of the two; what ends is gone at once."""
    now = hub_clock().now()
    match what, act:
        case "record", "begin":
            records.begin(person, now)
            messages.success(request, _("From now on your books are counted. No title is kept for it."))
        case "record", "end":
            records.stop(person)
            messages.success(request, _("Your reading record is deleted."))
        case "friends", "begin" if not person.child:
            friends.invite(person, now)
            messages.success(request, _("This is your code. Show it to a friend."))
        case "friends", "end":
            friends.stop(person)
            messages.success(request, _("Your code is deleted and good no more."))
        case _:
            raise Http404
    return redirect("loyalty:mine")

"""Show a patron's reading count and referral code, and let them start or delete each."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.formatting import qr
from hub.outreach.engagement.loyalty import reading_counts, referrals
from hub.outreach.engagement.loyalty.models import ReadingCount, ReferralCode
from hub.outreach.patrons.models import Person
from hub.outreach.portal.models import Scope
from hub.outreach.portal.portal_session import page, signed_in


@require_safe
@signed_in(Scope.ALL)
def my_loyalty(request: HttpRequest, person: Person) -> HttpResponse:
    record = ReadingCount.objects.filter(person=person).first()
    invitation = ReferralCode.objects.filter(person=person).first()
    address = referrals.address(invitation) if invitation else ""
    return page(request, "mine", {
        "record": record,
        "since": formatting.day(record.since) if record else "",
        "badges": [(each, record.books >= each) for each in reading_counts.BADGES] if record else [],
        "following": reading_counts.following(record.books) if record else 0,
        "invitation": invitation,
        "address": address,
        "qr": qr(address) if address else "",
        "child": person.child,
    })  # fmt: skip


@require_POST
@signed_in(Scope.ALL)
def change(request: HttpRequest, person: Person, what: str, act: str) -> HttpResponse:
    """Start or delete one of the two; deletion is immediate."""
    now = hub_clock().now()
    match what, act:
        case "record", "begin":
            reading_counts.begin(person, now)
            messages.success(request, _("We now count your books. No titles are kept."))
        case "record", "end":
            reading_counts.stop(person)
            messages.success(request, _("Your reading count is deleted."))
        case "friends", "begin" if not person.child:
            referrals.invite(person, now)
            messages.success(request, _("This is your code. Show it to a friend."))
        case "friends", "end":
            referrals.stop(person)
            messages.success(request, _("Your code is deleted and no longer works."))
        case _:
            raise Http404
    return redirect("portal:mine")

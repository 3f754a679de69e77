"""Set how often the patron gets the digest of new titles. The choice gives or withdraws the consent."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.core.clock import hub_clock
from hub.core.retrying_transaction import atomic
from hub.outreach.messaging import unsubscribe
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.portal.models import Scope
from hub.outreach.portal.portal_session import page, report_saved, signed_in
from hub.outreach.recommendations.new_titles.models import DigestFrequency, DigestSubscription

BY, NEVER = "phone", "never"


def choices(person: Person) -> list[tuple[str, str, bool]]:
    """Return value, label and whether it is the current choice, for each frequency."""
    reader = DigestSubscription.objects.filter(person=person).first() or DigestSubscription(person=person)
    now = str(reader.every) if consents.has_consented(person, Purpose.DIGEST) else NEVER
    offered = [*((str(each.value), str(each.label)) for each in DigestFrequency), (NEVER, _("never"))]
    return [(value, words, value == now) for value, words in offered]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Scope.ALL)
def digest(request: HttpRequest, person: Person) -> HttpResponse:
    """Show the frequencies; save the chosen one with the consent, or withdraw the consent."""
    before = choices(person)
    if request.method != "POST":
        context = {"here": "me", "choices": before, "agreed": consents.words(consents.text(Purpose.DIGEST))}
        return page(request, "digest", context)
    every = request.POST.get("every", "")
    former = next((value for value, _words, chosen in before if chosen), NEVER)
    if every == NEVER:
        consents.withdraw(person, Purpose.DIGEST, BY)
        report_saved(request, _("You will get no more news of new titles."), reverse("portal:digest"), every=former)
    elif every in DigestFrequency.values:
        _agree(person, DigestFrequency(every))
        report_saved(
            request,
            _("News about new titles: {often}.").format(often=DigestFrequency(every).label),
            reverse("portal:digest"),
            every=former,
        )
    else:
        raise Http404
    return redirect("portal:digest")


@atomic
def _agree(person: Person, every: DigestFrequency) -> None:
    """Record the consent to the text shown with the choice."""
    if not consents.has_consented(person, Purpose.DIGEST):
        consents.give(person, Purpose.DIGEST, BY, consents.text(Purpose.DIGEST).version, hub_clock().now())
    unsubscribe.resume(person, MessageKind.DIGEST)
    DigestSubscription.objects.update_or_create(person=person, defaults={"every": every})

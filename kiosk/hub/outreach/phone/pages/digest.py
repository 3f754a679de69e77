"""How often she hears of new titles: weekly, monthly or never. Her choice is her consent, or takes it back."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kiosk.hub.atomic import atomic
from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach.delivery import stopping
from kiosk.hub.outreach.delivery.kinds import Kind
from kiosk.hub.outreach.news.models import Every, Reader
from kiosk.hub.outreach.people import consents
from kiosk.hub.outreach.people.models import Person
from kiosk.hub.outreach.people.purposes import Purpose
from kiosk.hub.outreach.phone.door import signed_in
from kiosk.hub.outreach.phone.models import Scope

BY, NEVER = "phone", "never"


def choices(person: Person) -> list[tuple[str, str, bool]]:
    """Each with its words, and whether it is hers now."""
    reader = Reader.objects.filter(person=person).first() or Reader(person=person)
    now = str(reader.every) if consents.given(person, Purpose.DIGEST) else NEVER
    offered = [*((str(each.value), str(each.label)) for each in Every), (NEVER, _("never"))]
    return [(value, words, value == now) for value, words in offered]


@require_POST
@signed_in(Scope.ALL)
def digest(request: HttpRequest, person: Person) -> HttpResponse:
    every = request.POST.get("every", "")
    if every == NEVER:
        consents.withdraw(person, Purpose.DIGEST, BY)
        messages.success(request, _("No more news of new titles."))
    elif every in Every.values:
        _agree(person, Every(every))
        messages.success(request, _("You hear of new titles {often}.").format(often=Every(every).label))
    else:
        raise Http404
    return redirect("phone:me")


@atomic
def _agree(person: Person, every: Every) -> None:
    """Her consent to the words that stand beside the choice."""
    if not consents.given(person, Purpose.DIGEST):
        consents.give(person, Purpose.DIGEST, BY, consents.text(Purpose.DIGEST).version, hub_clock().now())
    stopping.resume(person, Kind.DIGEST)
    Reader.objects.update_or_create(person=person, defaults={"every": every})

"""What the library knows of her, field by field, and what each may be used for; each is changed with one touch."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach.people import checks, telling, uses
from kiosk.hub.outreach.people.channels import Channel
from kiosk.hub.outreach.people.models import Change, Contact, Fact, Person, Source
from kiosk.hub.outreach.people.purposes import Purpose
from kiosk.hub.outreach.people.telling import By
from kiosk.hub.outreach.phone import words
from kiosk.hub.outreach.phone.door import signed_in
from kiosk.hub.outreach.phone.models import Scope
from kiosk.hub.staff import shown

BY = "phone"


@dataclass(frozen=True, slots=True)
class Field:
    """`used` says what for beside her loans, `acts` what can be done: the value of the answer and its words."""

    name: str
    words: str
    shown: str
    right: str
    used: tuple[str, ...]
    acts: tuple[tuple[str, str], ...]


def fields(person: Person) -> list[Field]:
    """Her addresses, then what else she told. What is a guardian's is told to the guardian alone."""
    if person.child:
        return []
    now = hub_clock().now()
    old = set(checks.to_check(now).filter(person=person, bounced_at=None).values_list("pk", flat=True))
    standing = uses.standing(person)
    rows = Contact.objects.filter(person=person, replaced_at=None).order_by("pk")
    told = [_address(each, standing[each.channel], each.pk in old) for each in rows]
    aged = set(checks.facts_to_check(now).filter(person=person).values_list("name", flat=True))
    known = person.facts.exclude(name=Fact.Name.GUARDIAN)
    return told + [_fact(each, each.name in aged) for each in known]


def _address(contact: Contact, now: uses.Standing, old: bool) -> Field:
    used = [
        _("{purpose}: you agreed on {day}, text {version}").format(
            purpose=words.purpose(Purpose(each.purpose)), day=shown.day(each.at), version=each.text_version
        )
        for each in now.serves
    ]
    acts = [("right", _("Still right"))] if old else []
    acts += [("withdraw", _("No news there"))] if now.serves else []
    acts += [("give", _("News there too"))] if now.more else []
    return Field(
        contact.channel, str(contact.get_channel_display()), checks.shown(contact), shown.day(contact.verified_at),
        tuple(used), tuple(acts),
    )  # fmt: skip


def _fact(fact: Fact, old: bool) -> Field:
    acts = [("right", _("Still right"))] if old else []
    acts.append(("remove", _("Remove")))
    return Field(
        fact.name, str(fact.get_name_display()), checks.hinted(fact), shown.day(fact.verified_at), (), tuple(acts)
    )


@require_POST
@signed_in(Scope.ALL)
def use(request: HttpRequest, person: Person, field: str, answer: str) -> HttpResponse:
    """One touch on one field."""
    offered = {(each.name, act) for each in fields(person) for act, _words in each.acts}
    if (field, answer) not in offered:
        raise Http404
    by = By(Source.PHONE)
    match answer:
        case "give":
            uses.allow(person, field, BY, by.now)
            telling.note(person, "consent", Change.Act.CHANGED, by)
            said = _("News may come there: {field}.")
        case "withdraw":
            uses.withdraw(person, field, BY, by.now)
            telling.note(person, "consent", Change.Act.CHANGED, by)
            said = _("For your loans alone from now on: {field}.")
        case "remove":
            telling.state(person, field, "", by)
            said = _("Removed: {field}.")
        case _:
            _confirm(person, field, by)
            said = _("Thank you: {field}.")
    name = Channel(field).label if field in Channel.values else Fact.Name(field).label
    messages.success(request, said.format(field=name))
    return redirect(f"{reverse('phone:me')}#known")


def _confirm(person: Person, field: str, by: By) -> None:
    if field in Channel.values:
        for each in checks.to_check(by.now).filter(person=person, channel=field, bounced_at=None):
            telling.confirm(each, by)
    else:
        telling.vouch(person.facts.get(name=field), by)

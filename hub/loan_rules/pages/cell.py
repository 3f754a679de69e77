"""The form of one combination of the draft: its rule, or that it has none of its own; never touches what holds."""

from dataclasses import dataclass

from django.db.models import Model
from django.forms import IntegerField, ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hub.catalogue.models import Branch, ItemType
from hub.circulation.models import PatronCategory, Rule, RuleVersion
from hub.core.retrying_transaction import atomic
from hub.loan_rules import drafts, rule_text
from hub.loan_rules.drafts import COPIED
from hub.loan_rules.rule_diff import covering
from hub.loan_rules.rule_text import Names
from hub.staff.page import page
from hub.staff.staff_access import staff_only
from hub.staff.views.action_results import said
from lending.policy import ANY, LONGEST_LOAN

PERIOD = ("days", "hours", "reading_room_only")


@dataclass(frozen=True, slots=True)
class Place:
    """A combination by its rows; None is everything else."""

    group: PatronCategory | None
    kind: ItemType | None
    branch: Branch | None

    @staticmethod
    def asked(request: HttpRequest) -> "Place":
        """Raises Http404 for what the library has not."""
        asked = request.POST if request.method == "POST" else request.GET
        return Place(
            _row(PatronCategory, asked.get("group", ANY)),
            _row(ItemType, asked.get("kind", ANY)),
            _row(Branch, asked.get("branch", ANY)),
        )

    @property
    def key(self) -> tuple[str, str, str]:
        group, kind, branch = (each.code if each else ANY for each in (self.group, self.kind, self.branch))
        return group, kind, branch

    def rule(self, held: RuleVersion) -> Rule | None:
        found: Rule | None = Rule.objects.filter(
            edition=held, category=self.group, item_type=self.kind, branch=self.branch
        ).first()
        return found


def _row(table: type[Model], code: str) -> Model | None:
    if code == ANY:
        return None
    found: Model | None = table.objects.filter(code=code).first()
    if found is None:
        raise Http404
    return found


class RuleForm(ModelForm):
    class Meta:
        model = Rule
        fields = (
            "days", "hours", "reading_room_only", "limit", "type_limit", "renewals", "earliest_renewal",
            "renews_awaited", "fee_threshold",
        )  # fmt: skip

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, IntegerField):
                field.widget.attrs.update({"class": "field money", "min": 1 if name == "hours" else 0})
        self.fields["fee_threshold"].widget.attrs.update({"class": "field money"})

    def clean(self) -> dict[str, object]:
        """What stays here has no loan period; what is lent has exactly one."""
        told: dict[str, object] = super().clean()
        days, hours = told.get("days"), told.get("hours")
        if told.get("reading_room_only"):
            return {**told, "days": None, "hours": None}
        if hours == 0:
            self.add_error("hours", _("An hour at least."))
        if any(isinstance(each, int) and each > most for each, most in ((days, LONGEST_LOAN.days), (hours, 24 * 365))):
            self.add_error(None, _("That is no loan period. Give less."))
        return told


@require_http_methods(["GET", "POST"])
@staff_only
def cell(request: HttpRequest) -> HttpResponse:
    """Shows the rule of a combination and keeps another one."""
    place, held = Place.asked(request), drafts.draft()
    if held is None:
        return redirect("rules:overview")
    names = Names.read()
    own = place.rule(held)
    if request.method == "POST":
        form = RuleForm(request.POST, instance=own or _new(held, place))
        if form.is_valid() and _kept(form):
            return said(request, _("Kept in the draft: {name}.").format(name=names.of(place.key)), _home(place))
    else:
        form = RuleForm(instance=own or _like_the_wider(held, place))
    wider = covering((each for each in drafts.facts(held) if own is None or each.ref != str(own.pk)), place.key)
    return page(
        request,
        "rules",
        "rules/cell.html",
        {
            "name": names.of(place.key),
            "key": dict(zip(("group", "kind", "branch"), place.key, strict=True)),
            "form": form,
            "own": own is not None,
            "wider": rule_text.whole(wider),
            "home": _home(place),
        },
        422 if form.errors else 200,
    )


@require_POST
@staff_only
def drop(request: HttpRequest) -> HttpResponse:
    """Lets the wider rule hold for the combination."""
    place, held = Place.asked(request), drafts.draft()
    own = place.rule(held) if held else None
    if own is not None:
        own.delete()
    return said(request, _("{name} has no rule of its own any more.").format(name=Names.read().of(place.key)),
                _home(place))  # fmt: skip


@atomic
def _kept(form: RuleForm) -> bool:
    """Keeps it, unless the draft was published or thrown away meanwhile."""
    rule = form.save(commit=False)
    if not RuleVersion.objects.select_for_update().filter(pk=rule.edition_id, since=None).exists():
        form.add_error(None, _("The draft is gone: it was published or thrown away meanwhile."))
        return False
    rule.save()
    return True


def _new(held: RuleVersion, place: Place) -> Rule:
    return Rule(edition=held, category=place.group, item_type=place.kind, branch=place.branch)


def _like_the_wider(held: RuleVersion, place: Place) -> Rule:
    """A new rule begins as the one that holds for the combination now."""
    new, wider = _new(held, place), covering(drafts.facts(held), place.key)
    if wider is not None:
        row = Rule.objects.get(pk=int(wider.ref))
        for name in COPIED:
            if not name.endswith("_id"):
                setattr(new, name, getattr(row, name))
    return new


def _home(place: Place) -> str:
    url = reverse("rules:draft")
    return f"{url}?branch={place.branch.code}" if place.branch else url

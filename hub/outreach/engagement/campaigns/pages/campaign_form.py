"""Define the form of a campaign, and describe its audience as text."""

from __future__ import annotations

from django.forms import CheckboxSelectMultiple, ModelForm, MultipleChoiceField, ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from hub.catalogue.models import Branch
from hub.core.pages import formatting
from hub.outreach.engagement.campaigns.models import Campaign, Poster
from hub.outreach.library_system.registry import the_central
from hub.outreach.recommendations.reading_profiles import subjects
from hub.outreach.recommendations.reading_profiles.models import Interest, Segment

Choices = list[tuple[str, str]]
NAMES = ("segments", "groups", "branches", "interests")


class CampaignForm(ModelForm):
    segments = MultipleChoiceField(label=gettext_lazy("Segments"), required=False, widget=CheckboxSelectMultiple)
    groups = MultipleChoiceField(label=gettext_lazy("Patron categories"), required=False, widget=CheckboxSelectMultiple)
    branches = MultipleChoiceField(
        label=gettext_lazy("Branch of last loan"), required=False, widget=CheckboxSelectMultiple
    )
    interests = MultipleChoiceField(
        label=gettext_lazy("Shared interests"), required=False, widget=CheckboxSelectMultiple
    )

    class Meta:
        model = Campaign
        fields = (
            "heading_zh", "heading_en", "body_zh", "body_en", "heading_b_zh", "heading_b_en", "poster", *NAMES,
            "hold_out", "days",
        )  # fmt: skip

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name, found in choices(self.instance).items():
            self.fields[name].choices = found
        today = formatting.today()
        self.fields["poster"].queryset = Poster.objects.filter(last__gte=today).defer("picture")

    def clean(self) -> dict[str, object]:
        cleaned: dict[str, object] = super().clean() or self.cleaned_data
        if bool(cleaned.get("heading_b_zh")) != bool(cleaned.get("heading_b_en")):
            raise ValidationError(_("Enter heading B in both languages, or in neither."))
        return cleaned


def choices(campaign: Campaign) -> dict[str, Choices]:
    """Return the choices of each field, including chosen values that no longer exist."""
    codes = Interest.objects.exclude(source=Interest.Source.REMOVED).order_by("subject")
    broad = sorted({each[:1] for each in codes.values_list("subject", flat=True).distinct() if each})
    found: dict[str, Choices] = {
        "segments": [(str(each), str(each.label)) for each in Segment],
        "groups": the_central().categories(),
        "branches": [(each.code, str(each)) for each in Branch.objects.all()],
        "interests": [(code, subjects.label(code)) for code in broad if subjects.known(code)],
    }
    for name, known in found.items():
        there = {code for code, _words in known}
        known += [(code, code) for code in getattr(campaign, name) if code not in there]
    return found


def meant(campaign: Campaign) -> str:
    """Return the campaign's audience as text."""
    words = {name: dict(found) for name, found in choices(campaign).items()}
    parts = [pgettext("list", ", ").join(words[name][code] for code in getattr(campaign, name)) for name in NAMES]
    return " · ".join(part for part in parts if part) or _("all patrons")

"""Define the forms of the reminder settings and the overdue notices."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from hub.outreach.recommendations.reminders.models import OverdueNoticeStep, ReminderSettings


class TimingForm(forms.ModelForm):
    """When reminders are sent before the due date."""

    class Meta:
        model = ReminderSettings
        fields = ("moment", "before", "early", "risk", "first_visits")
        labels: ClassVar[dict[str, Any]] = {
            "moment": _("Time of day"),
            "before": _("Latest: days before due date"),
            "early": _("Early: days before due date"),
            "risk": _("Early if overdue probability exceeds"),
            "first_visits": _("Early for first visits"),
        }
        widgets: ClassVar[dict[str, Any]] = {
            "moment": forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "field"}),
            **{
                name: forms.NumberInput(attrs={"class": "field number"}) for name in ("before", "early", "first_visits")
            },
            "risk": forms.NumberInput(attrs={"class": "field number", "step": "0.05"}),
        }


class LosingForm(forms.ModelForm):
    """When an item counts as lost, and its fee."""

    class Meta:
        model = ReminderSettings
        fields = ("lost_after", "lost_fee")
        labels: ClassVar[dict[str, Any]] = {
            "lost_after": _("Lost after days"),
            "lost_fee": _("Lost-item fee"),
        }
        widgets: ClassVar[dict[str, Any]] = {
            "lost_after": forms.NumberInput(attrs={"class": "field number"}),
            "lost_fee": forms.NumberInput(attrs={"class": "field number", "step": "0.01"}),
        }


class StepForm(forms.ModelForm):
    """One more overdue notice."""

    class Meta:
        model = OverdueNoticeStep
        fields = ("days",)
        labels: ClassVar[dict[str, Any]] = {"days": _("days after the due date")}
        widgets: ClassVar[dict[str, Any]] = {"days": forms.NumberInput(attrs={"class": "field number"})}

"""Let staff add, change, order and remove the online resources that patrons see."""

from django.db.models import F
from django.forms import ModelForm, URLField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.core.pages.action_results import report_success
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_action, staff_only, staff_page
from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.feedback.models import Resource


class ResourceForm(ModelForm):
    url = URLField(label=gettext_lazy("web address"), max_length=500, assume_scheme="https")

    class Meta:
        model = Resource
        fields = ("name", "name_en", "url", "words", "words_en", "access")


@staff_page
def resources(request: HttpRequest) -> HttpResponse:
    """List them in the order that patrons see."""
    return page(request, "resources", "feedback/resources.html", {"rows": Resource.objects.all()})


@staff_only
def edit(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Edit a new or existing resource."""
    found = get_object_or_404(Resource, pk=pk) if pk else None
    form = ResourceForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        kept = form.save(commit=False)
        if found is None:
            kept.place = Resource.objects.count()
        kept.save()
        return report_success(request, _("Saved"), reverse("feedback:resources"))
    context = {"resource": found, "form": form}
    return page(request, "resources", "feedback/resource.html", context, 422 if form.errors else 200)


@staff_action
def move_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Move it one place up."""
    _up(get_object_or_404(Resource, pk=pk))
    return report_success(request, _("Moved up"), reverse("feedback:resources"))


@atomic
def _up(resource: Resource) -> None:
    rows = list(Resource.objects.select_for_update())
    at = rows.index(resource)
    if at:
        rows[at - 1], rows[at] = rows[at], rows[at - 1]
    for place, row in enumerate(rows):
        Resource.objects.filter(pk=row.pk).exclude(place=place).update(place=place)


@staff_action
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove it from the list; the undo restores it at its place."""
    found = get_object_or_404(Resource, pk=pk)
    values = {name: getattr(found, name) for name in ResourceForm.Meta.fields}
    request.session["removed_resource"] = values | {"place": found.place}
    found.delete()
    words = _("{name} removed").format(name=str(found))
    return report_success(request, words, reverse("feedback:resources"), reverse("feedback:put_back"))


@staff_action
def put_back(request: HttpRequest) -> HttpResponse:
    """Restore the last one removed."""
    if removed := request.session.pop("removed_resource", None):
        Resource.objects.filter(place__gte=removed["place"]).update(place=F("place") + 1)
        Resource.objects.create(**removed)
    return report_success(request, _("Restored"), reverse("feedback:resources"))

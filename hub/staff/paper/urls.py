"""Map the URLs of the staff pages that print."""

from django.urls import URLPattern, path

from hub.staff.paper import cards, label_page, slips

app_name = "paper"
urlpatterns: list[URLPattern] = [
    path("staff/labels/", label_page.choose, name="labels"),
    path("staff/labels/print/", label_page.print_labels, name="print_labels"),
    path("staff/hold-slips/", slips.slips, name="slips"),
    path("staff/hold-slips/print/", slips.print_slips, name="print_slips"),
    path("staff/hold-slips/<uuid:run>/", slips.slip_run, name="slip_run"),
    path("staff/patrons/<int:pk>/card/", cards.card, name="card"),
    path("staff/patrons/<int:pk>/card/print/", cards.print_card, name="print_card"),
]

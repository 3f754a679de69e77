"""Map the URLs of the staff pages that print."""

from django.urls import URLPattern, path

from hub.staff.paper import cards, label_page, letters, slips

app_name = "paper"
urlpatterns: list[URLPattern] = [
    path("staff/labels/", label_page.choose, name="labels"),
    path("staff/labels/print/", label_page.print_labels, name="print_labels"),
    path("staff/hold-slips/", slips.slips, name="slips"),
    path("staff/hold-slips/print/", slips.print_slips, name="print_slips"),
    path("staff/hold-slips/pull/", slips.print_pull_slips, name="print_pull_slips"),
    path("staff/hold-slips/<uuid:run>/", slips.slip_run, name="slip_run"),
    path("staff/letters/", letters.letters, name="letters"),
    path("staff/letters/print/", letters.print_letters, name="print_letters"),
    path("staff/letters/<uuid:run>/", letters.letter_run, name="letter_run"),
    path("staff/letters/<uuid:run>/undo/", letters.undo_letters, name="undo_letters"),
    path("staff/patrons/<int:pk>/card/", cards.card, name="card"),
    path("staff/patrons/<int:pk>/card/print/", cards.print_card, name="print_card"),
]

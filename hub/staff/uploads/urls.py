"""Map the URLs of the pages for uploaded files."""

from django.urls import URLPattern, path

from hub.staff.uploads import pages

app_name = "uploads"
urlpatterns: list[URLPattern] = [
    path("staff/uploads/collection/", pages.overview, {"where": "collection"}, name="collection"),
    path("staff/uploads/patrons/", pages.overview, {"where": "patrons"}, name="patrons"),
    path("staff/uploads/<slug:kind>/sample/", pages.sample, name="sample"),
    path("staff/uploads/<slug:kind>/upload/", pages.upload, name="upload"),
    path("staff/uploads/<int:pk>/", pages.file_import, name="file_import"),
    path("staff/uploads/<int:pk>/start/", pages.start, name="start"),
    path("staff/uploads/<int:pk>/discard/", pages.discard, name="discard"),
    path("staff/uploads/<int:pk>/undo/", pages.undo, name="undo"),
    path("staff/uploads/<int:pk>/cards/", pages.print_cards, name="print_cards"),
    path("staff/uploads/<int:pk>/rejected/", pages.download_rejected, name="rejected"),
]

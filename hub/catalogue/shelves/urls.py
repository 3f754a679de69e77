"""Map the URLs of the shelf maps."""

from django.urls import URLPattern, path

from hub.catalogue.shelves import pages

app_name = "shelves"
urlpatterns: list[URLPattern] = [
    path("staff/shelves/", pages.floors, name="floors"),
    path("staff/shelves/new/", pages.new, name="new"),
    path("staff/shelves/<int:pk>/", pages.floor, name="floor"),
    path("staff/shelves/<int:pk>/edit/", pages.edit, name="edit"),
    path("staff/shelves/<int:pk>/settle/", pages.settle, name="settle"),
    path("staff/shelves/<int:pk>/bays/", pages.bays, name="bays"),
    path("staff/shelves/<int:pk>/take-in/", pages.import_bays, name="import_bays"),
    path("staff/shelves/<int:pk>/drop/", pages.drop, name="drop"),
    path("staff/shelves/<int:pk>/bays.<slug:form>", pages.export, name="export"),
]

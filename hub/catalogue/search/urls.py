"""Map the URLs of the staff pages of the catalogue."""

from django.urls import URLPattern, path

from hub.catalogue.search import pages

app_name = "search"
urlpatterns: list[URLPattern] = [
    path("staff/titles/", pages.titles, name="titles"),
    path("staff/titles/<int:pk>/", pages.title, name="title"),
]

"""Where staff find the catalogue; never decides who may enter."""

from django.urls import URLPattern, path

from hub.catalogue.search import pages

app_name = "search"
urlpatterns: list[URLPattern] = [
    path("staff/titles/", pages.titles, name="titles"),
    path("staff/titles/<int:pk>/", pages.title, name="title"),
]

"""Map the URLs of the staff page of imports."""

from django.urls import URLPattern, path

from hub.ils.imports import pages

app_name = "ils"
urlpatterns: list[URLPattern] = [
    path("staff/imports/", pages.overview, name="overview"),
    path("staff/imports/runs/<int:pk>/allow/", pages.allow, name="allow"),
    path("staff/imports/<int:pk>/<slug:act>/", pages.settle, name="settle"),
]

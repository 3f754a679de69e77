"""Map the URLs of the staff pages of the catalogue."""

from django.urls import URLPattern, path

from hub.staff import titles

app_name = "search"
urlpatterns: list[URLPattern] = [
    path("staff/titles/", titles.titles, name="titles"),
    path("staff/titles/<int:pk>/", titles.title, name="title"),
]

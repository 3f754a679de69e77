"""Where patrons find the catalogue on their phones; never decides who may enter."""

from django.urls import URLPattern, path

from kiosk.hub.outreach.finding import holds, pages

app_name = "finding"
urlpatterns: list[URLPattern] = [
    path("p/find/", pages.find_titles, name="find"),
    path("p/titles/<int:number>/", pages.title, name="title"),
    path("p/titles/<int:number>/hold/", holds.hold, name="hold"),
    path("p/searches/", pages.searches, name="searches"),
    path("p/searches/save/", pages.save, name="save"),
    path("p/searches/<int:number>/end/", pages.end, name="end"),
]

"""Where patrons find the catalogue on their phones; never decides who may enter."""

from django.urls import URLPattern, path

from kiosk.hub.outreach.finding import back, holds, pages, panel, watched

app_name = "finding"
urlpatterns: list[URLPattern] = [
    path("p/find/", pages.find_titles, name="find"),
    path("p/titles/<int:number>/", pages.title, name="title"),
    path("p/titles/<int:number>/hold/", holds.hold, name="hold"),
    path("p/titles/<int:number>/back/", back.back, name="back"),
    path("p/titles/<int:number>/back/end/", back.end, name="back_end"),
    path("p/searches/", pages.searches, name="searches"),
    path("p/searches/save/", pages.save, name="save"),
    path("p/searches/<int:number>/end/", pages.end, name="end"),
    path("staff/searches/", watched.searches, name="staff_searches"),
    path("staff/searches/save/", watched.save, name="staff_save"),
    path("staff/searches/<int:pk>/end/", watched.end, name="staff_end"),
    path("staff/searches/seen/", watched.seen, name="staff_seen"),
    path("staff/searches/of/<int:pk>/save/", panel.save, name="save_for"),
    path("staff/searches/of/<int:pk>/<int:number>/end/", panel.end, name="end_for"),
    path("staff/searches/of/<int:pk>/titles/<int:number>/end/", panel.end_title, name="end_title"),
]

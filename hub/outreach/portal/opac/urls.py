"""Map the URLs of the public catalogue and the saved searches."""

from django.urls import URLPattern, path

from hub.outreach.portal.opac import availability_alerts, holds, pages, panel, saved_searches, staff_searches

app_name = "opac"
urlpatterns: list[URLPattern] = [
    path("p/find/", pages.find_titles, name="find"),
    path("p/titles/<int:number>/", pages.title, name="title"),
    path("p/titles/<int:number>/hold/", holds.hold, name="hold"),
    path("p/titles/<int:number>/back/", availability_alerts.alert_page, name="back"),
    path("p/titles/<int:number>/back/end/", availability_alerts.end_alert, name="back_end"),
    path("p/searches/", saved_searches.searches_page, name="searches"),
    path("p/searches/save/", saved_searches.save_page, name="save"),
    path("p/searches/<int:number>/end/", saved_searches.end_page, name="end"),
    path("staff/searches/", staff_searches.searches_page, name="staff_searches"),
    path("staff/searches/save/", staff_searches.save_page, name="staff_save"),
    path("staff/searches/<int:pk>/end/", staff_searches.end_page, name="staff_end"),
    path("staff/searches/seen/", staff_searches.seen_page, name="staff_seen"),
    path("staff/searches/of/<int:pk>/save/", panel.save, name="save_for"),
    path("staff/searches/of/<int:pk>/<int:number>/end/", panel.end, name="end_for"),
    path("staff/searches/of/<int:pk>/titles/<int:number>/end/", panel.end_title, name="end_title"),
]

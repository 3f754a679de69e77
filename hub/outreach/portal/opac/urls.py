"""Map the URLs of the public catalogue and the saved searches."""

from django.urls import URLPattern, path

from hub.outreach.portal.opac import availability_alert_pages, hold_pages, pages, panel, staff_search_pages

app_name = "opac"
urlpatterns: list[URLPattern] = [
    path("p/find/", pages.find_titles, name="find"),
    path("p/titles/<int:number>/", pages.title, name="title"),
    path("p/titles/<int:number>/hold/", hold_pages.hold, name="hold"),
    path("p/titles/<int:number>/back/", availability_alert_pages.back, name="back"),
    path("p/titles/<int:number>/back/end/", availability_alert_pages.end, name="back_end"),
    path("p/searches/", pages.searches, name="searches"),
    path("p/searches/save/", pages.save, name="save"),
    path("p/searches/<int:number>/end/", pages.end, name="end"),
    path("staff/searches/", staff_search_pages.searches, name="staff_searches"),
    path("staff/searches/save/", staff_search_pages.save, name="staff_save"),
    path("staff/searches/<int:pk>/end/", staff_search_pages.end, name="staff_end"),
    path("staff/searches/seen/", staff_search_pages.mark_seen, name="staff_seen"),
    path("staff/searches/of/<int:pk>/save/", panel.save, name="save_for"),
    path("staff/searches/of/<int:pk>/<int:number>/end/", panel.end, name="end_for"),
    path("staff/searches/of/<int:pk>/titles/<int:number>/end/", panel.end_title, name="end_title"),
]

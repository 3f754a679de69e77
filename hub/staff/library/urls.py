"""Map the URLs of the staff pages by which a library sets itself up."""

from django.urls import URLPattern, path

from hub.staff.library import closed_days, undo

app_name = "library"
urlpatterns: list[URLPattern] = [
    path("staff/library/", closed_days.closed_days, name="closed_days"),
    path("staff/library/closed-days/add/", closed_days.close_days, name="close_days"),
    path("staff/library/closed-days/remove/", closed_days.open_days, name="open_days"),
    path("staff/library/undo/<slug:kind>/", undo.undo, name="undo"),
]

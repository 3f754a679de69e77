"""Map the URLs of the staff pages by which a library sets itself up."""

from django.urls import URLPattern, path

from hub.staff.library import branches, closed_days, undo

app_name = "library"
urlpatterns: list[URLPattern] = [
    path("staff/library/", closed_days.closed_days, name="closed_days"),
    path("staff/library/closed-days/add/", closed_days.close_days, name="close_days"),
    path("staff/library/closed-days/remove/", closed_days.open_days, name="open_days"),
    path("staff/library/branches/", branches.branches, name="branches"),
    path("staff/library/branches/new/", branches.new_branch, name="new_branch"),
    path("staff/library/branches/<int:pk>/", branches.branch, name="branch"),
    path("staff/library/branches/<int:pk>/remove/", branches.remove_branch, name="remove_branch"),
    path("staff/library/undo/<slug:kind>/", undo.undo, name="undo"),
]

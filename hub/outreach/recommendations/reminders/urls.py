"""Route the URLs of the staff pages of reminders and overdue items."""

from django.urls import URLPattern, path

from hub.outreach.recommendations.reminders import forecasts, notices

app_name = "reminders"
urlpatterns: list[URLPattern] = [
    path("staff/habits/", forecasts.habits, name="habits"),
    path("staff/habits/timing/", forecasts.timing, name="timing"),
    path("staff/overdue/", notices.overdue, name="overdue"),
    path("staff/overdue/notices/", notices.add_step, name="add_step"),
    path("staff/overdue/notices/<int:days>/drop/", notices.drop_step, name="drop_step"),
    path("staff/overdue/notices/<int:days>/restore/", notices.restore_step, name="restore_step"),
    path("staff/overdue/losing/", notices.set_loss, name="loss_settings"),
    path("staff/overdue/<int:pk>/lose/", notices.lose, name="lose"),
    path("staff/overdue/lost/<int:pk>/end/", notices.end, name="end"),
    path("staff/overdue/lost/<int:pk>/again/<slug:state>/", notices.again, name="again"),
]

"""Route the URLs of the staff pages of reminders and overdue items."""

from django.urls import URLPattern, path

from hub.outreach.recommendations.reminders.pages import habits, overdue

app_name = "reminders"
urlpatterns: list[URLPattern] = [
    path("staff/habits/", habits.habits, name="habits"),
    path("staff/habits/timing/", habits.timing, name="timing"),
    path("staff/overdue/", overdue.overdue, name="overdue"),
    path("staff/overdue/notices/", overdue.add_step, name="add_step"),
    path("staff/overdue/notices/<int:days>/drop/", overdue.drop_step, name="drop_step"),
    path("staff/overdue/notices/<int:days>/restore/", overdue.restore_step, name="restore_step"),
    path("staff/overdue/losing/", overdue.set_loss, name="loss_settings"),
    path("staff/overdue/<int:pk>/lose/", overdue.lose, name="lose"),
    path("staff/overdue/lost/<int:pk>/end/", overdue.end, name="end"),
    path("staff/overdue/lost/<int:pk>/again/<slug:state>/", overdue.again, name="again"),
]

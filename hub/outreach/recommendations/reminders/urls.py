"""Route the URLs of the staff pages of reminders and overdue items."""

from django.urls import URLPattern, path

from hub.outreach.recommendations.reminders import habits_page, overdue_page

app_name = "reminders"
urlpatterns: list[URLPattern] = [
    path("staff/habits/", habits_page.habits, name="habits"),
    path("staff/habits/timing/", habits_page.timing, name="timing"),
    path("staff/overdue/", overdue_page.overdue, name="overdue"),
    path("staff/overdue/notices/", overdue_page.add_step, name="add_step"),
    path("staff/overdue/notices/<int:days>/drop/", overdue_page.drop_step, name="drop_step"),
    path("staff/overdue/notices/<int:days>/restore/", overdue_page.restore_step, name="restore_step"),
    path("staff/overdue/losing/", overdue_page.set_loss, name="loss_settings"),
    path("staff/overdue/<int:pk>/lose/", overdue_page.lose, name="lose"),
    path("staff/overdue/lost/<int:pk>/end/", overdue_page.end, name="end"),
    path("staff/overdue/lost/<int:pk>/again/<slug:state>/", overdue_page.again, name="again"),
]

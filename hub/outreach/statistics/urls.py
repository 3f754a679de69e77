"""Route the URLs of the staff pages of figures and goals."""

from django.urls import URLPattern, path

from hub.outreach.statistics import figures, goals, lapsed_key_patrons

app_name = "statistics"
urlpatterns: list[URLPattern] = [
    path("staff/figures/", figures.show, name="figures"),
    path("staff/goals/", goals.goals, name="goals"),
    path("staff/goals/set/", goals.set_goal, name="set_goal"),
    path("staff/goals/put-back/", goals.put_back, name="put_back"),
    path("staff/goals/<int:pk>/drop/", goals.drop, name="drop"),
    path("staff/key-patrons-away/", lapsed_key_patrons.overview, name="lapsed_key_patrons"),
]

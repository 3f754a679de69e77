"""Map the URLs of the staff pages of reading profiles and segments."""

from django.urls import URLPattern, path

from hub.outreach.recommendations.reading_profiles import patron_panel, segments

app_name = "reading_profiles"
urlpatterns: list[URLPattern] = [
    path("staff/segments/", segments.overview, name="segments"),
    path("staff/segments/<slug:segment>/keep/", segments.keep, name="keep_rule"),
    path("staff/segments/<slug:segment>/welcome/", segments.keep_welcome, name="keep_welcome"),
    path("staff/segments/<slug:segment>/run/", segments.run, name="run_rule"),
    path("staff/reading/<int:pk>/title/<int:title>/<slug:says>/", patron_panel.say, name="say"),
    path("staff/reading/<int:pk>/often/<slug:how>/", patron_panel.set_frequency, name="frequency"),
    path("staff/reading/<int:pk>/interest/<slug:how>/", patron_panel.interest, name="interest"),
    path("staff/reading/<int:pk>/infer/<slug:how>/", patron_panel.infer, name="infer"),
    path("staff/reading/<int:pk>/keep/", patron_panel.limit_history, name="keep"),
]

"""Route the URLs of the audit pages."""

from django.urls import URLPattern, path

from hub.audit import access_reason, field_history, incidents, overview, policy, second_step

app_name = "audit"
urlpatterns: list[URLPattern] = [
    path("staff/why/<slug:token>/", access_reason.ask, name="access_reason"),
    path("staff/audit/", overview.overview, name="overview"),
    path("staff/audit/looks/", overview.accesses, name="accesses"),
    path("staff/audit/month/", overview.month_page, name="month"),
    path("staff/audit/changes/", field_history.changes, name="changes"),
    path("staff/audit/alarms/<int:pk>/seen/", overview.alarm_seen, name="alarm_seen"),
    path("staff/audit/settle/", overview.settle, name="settle"),
    path("staff/audit/incidents/", incidents.incidents, name="incidents"),
    path("staff/audit/incidents/<int:pk>/", incidents.incident, name="incident"),
    path("staff/audit/incidents/<int:pk>/add/", incidents.add_line, name="incident_line"),
    path("staff/audit/pack/", overview.pack, name="pack"),
    path("staff/policy/", policy.policy, name="policy"),
    path("staff/policy/new/", policy.new_policy, name="new_policy"),
    path("staff/policy/<int:version>/read/", policy.acknowledge, name="acknowledge"),
    path("staff/second-step/", second_step.second_step, name="second_step"),
    path("staff/second-step/begin/", second_step.begin, name="second_step_begin"),
    path("staff/second-step/end/", second_step.end, name="second_step_end"),
    path("staff/sign-in/code/", second_step.code, name="second_step_code"),
]

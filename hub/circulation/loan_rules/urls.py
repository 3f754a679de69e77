"""Map the URLs of the staff pages of loan rules."""

from django.urls import URLPattern, path

from hub.circulation.loan_rules.pages import cell, draft, in_house_use, overview, trial_report

app_name = "loan_rules"
urlpatterns: list[URLPattern] = [
    path("staff/rules/", overview.overview, name="overview"),
    path("staff/rules/begin/", draft.begin, name="begin"),
    path("staff/rules/draft/", draft.draft, name="draft"),
    path("staff/rules/draft/rule/", cell.cell, name="cell"),
    path("staff/rules/draft/rule/drop/", cell.drop, name="drop"),
    path("staff/rules/draft/try/", trial_report.trial_report, name="try"),
    path("staff/rules/draft/discard/", draft.discard, name="discard"),
    path("staff/rules/draft/publish/", draft.publish, name="publish"),
    path("staff/rules/<int:pk>/withdraw/", overview.withdraw, name="withdraw"),
    path("staff/in-house/", in_house_use.in_house, name="in_house"),
]

"""Map the URLs of the staff pages of loan rules."""

from django.urls import URLPattern, path

from hub.circulation.loan_rules import in_house_use, pages

app_name = "loan_rules"
urlpatterns: list[URLPattern] = [
    path("staff/rules/", pages.overview, name="overview"),
    path("staff/rules/begin/", pages.begin, name="begin"),
    path("staff/rules/draft/", pages.draft, name="draft"),
    path("staff/rules/draft/rule/", pages.cell, name="cell"),
    path("staff/rules/draft/rule/drop/", pages.drop, name="drop"),
    path("staff/rules/draft/try/", pages.trial_report, name="try"),
    path("staff/rules/draft/discard/", pages.discard, name="discard"),
    path("staff/rules/draft/publish/", pages.publish, name="publish"),
    path("staff/rules/<int:pk>/withdraw/", pages.withdraw, name="withdraw"),
    path("staff/in-house/", in_house_use.in_house, name="in_house"),
]

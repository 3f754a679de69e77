"""Map the URLs of online editions, for staff and the public."""

from django.urls import URLPattern, path, re_path

from hub.catalogue.online_editions import opds, pages

app_name = "online_editions"
urlpatterns: list[URLPattern] = [
    path("staff/e-editions/", pages.editions, name="editions"),
    path("staff/e-editions/titles/<int:pk>/", pages.of_title, name="of_title"),
    path("staff/e-editions/titles/<int:pk>/add/", pages.add, name="add"),
    path("staff/e-editions/<int:pk>/change/", pages.change, name="change"),
    path("staff/e-editions/<int:pk>/check/", pages.check, name="check"),
    path("staff/e-editions/<int:pk>/remove/", pages.remove, name="remove"),
    path("staff/e-editions/<int:pk>/put-back/", pages.put_back, name="put_back"),
    path("opds/", opds.feed, name="feed"),
    path("opds/publications/<int:pk>/", opds.publication, name="publication"),
    re_path(r"^opds/covers/(?P<row>\d)\.png$", opds.cover, name="cover"),
]

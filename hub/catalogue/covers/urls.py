"""Map the addresses of cover pictures."""

from django.urls import URLPattern, re_path

from hub.catalogue.covers import api

app_name = "covers"
urlpatterns: list[URLPattern] = [re_path(r"^covers/(?P<mark>[0-9a-f]{32})\.webp$", api.picture, name="picture")]

"""Route the URLs of the delivery pages."""

from django.urls import URLPattern, path

from hub.outreach.messaging import callbacks, one_time_subscription, pages, unsubscribe

app_name = "messaging"
urlpatterns: list[URLPattern] = [
    path("p/stop/<str:token>/", unsubscribe.stop_page, name="stop"),
    path("p/wechat/", callbacks.wechat, name="wechat_events"),
    path("p/wecom/", callbacks.wecom, name="wecom_bound"),
    path("p/wechat/<str:token>/", one_time_subscription.wechat_once, name="wechat_once"),
    path("staff/messages/", pages.log, name="log"),
    path("staff/messages/words/", pages.kinds_page, name="kinds"),
    path("staff/messages/words/<slug:kind>/", pages.kind_page, name="kind"),
    path("staff/messages/words/<slug:kind>/<slug:language>/", pages.change_texts, name="change"),
    path("staff/messages/words/<slug:kind>/<slug:language>/reset/", pages.reset_texts, name="reset"),
    path("staff/messages/channels/", pages.channels_page, name="channels"),
    path("staff/messages/channels/<slug:channel>/test/", pages.test_channel, name="test"),
]

"""Route the URLs of the delivery pages."""

from django.urls import URLPattern, path

from hub.outreach.messaging import callbacks, one_time_subscription, unsubscribe
from hub.outreach.messaging.pages import channels, log, words

app_name = "messaging"
urlpatterns: list[URLPattern] = [
    path("p/stop/<str:token>/", unsubscribe.stop_page, name="stop"),
    path("p/wechat/", callbacks.wechat, name="wechat_events"),
    path("p/wecom/", callbacks.wecom, name="wecom_bound"),
    path("p/wechat/<str:token>/", one_time_subscription.wechat_once, name="wechat_once"),
    path("staff/messages/", log.log, name="log"),
    path("staff/messages/words/", words.kinds, name="kinds"),
    path("staff/messages/words/<slug:kind>/", words.kind, name="kind"),
    path("staff/messages/words/<slug:kind>/<slug:language>/", words.change, name="change"),
    path("staff/messages/words/<slug:kind>/<slug:language>/reset/", words.reset, name="reset"),
    path("staff/messages/channels/", channels.channels_page, name="channels"),
    path("staff/messages/channels/<slug:channel>/test/", channels.test, name="test"),
]

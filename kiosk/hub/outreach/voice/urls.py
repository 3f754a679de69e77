"""Where the staff pages of what patrons say are found; never decides who may enter."""

from django.urls import URLPattern, path

from kiosk.hub.outreach.voice.pages import tickets

app_name = "voice"
urlpatterns: list[URLPattern] = [
    path("staff/questions/", tickets.questions, name="questions"),
    path("staff/questions/<int:pk>/", tickets.question, name="question"),
    path("staff/questions/<int:pk>/answer/", tickets.answer, name="answer"),
    path("staff/questions/<int:pk>/owner/", tickets.hand_over, name="hand_over"),
    path("staff/questions/<int:pk>/close/", tickets.close, name="close"),
    path("staff/questions/<int:pk>/reopen/", tickets.reopen, name="reopen"),
]

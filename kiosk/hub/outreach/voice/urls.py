"""Where the staff pages of what patrons say are found; never decides who may enter."""

from django.urls import URLPattern, path

from kiosk.hub.outreach.voice.pages import feedback, questionnaires, suggestions, tickets

app_name = "voice"
urlpatterns: list[URLPattern] = [
    path("staff/questions/", tickets.questions, name="questions"),
    path("staff/questions/<int:pk>/", tickets.question, name="question"),
    path("staff/questions/<int:pk>/answer/", tickets.answer, name="answer"),
    path("staff/questions/<int:pk>/owner/", tickets.hand_over, name="hand_over"),
    path("staff/questions/<int:pk>/close/", tickets.close, name="close"),
    path("staff/questions/<int:pk>/reopen/", tickets.reopen, name="reopen"),
    path("staff/feedback/", feedback.feedback, name="feedback"),
    path("staff/feedback/<int:pk>/", feedback.opinion, name="opinion"),
    path("staff/feedback/<int:pk>/answer/", feedback.answer, name="answer_opinion"),
    path("staff/feedback/<int:pk>/publish/", feedback.publish, name="publish"),
    path("staff/feedback/<int:pk>/withdraw/", feedback.withdraw, name="withdraw"),
    path("staff/feedback/<int:pk>/owner/", feedback.own, name="own"),
    path("staff/feedback/<int:pk>/aside/", feedback.aside, name="aside"),
    path("staff/feedback/<int:pk>/take-up/", feedback.take_up, name="take_up"),
    path("staff/suggestions/", suggestions.suggestions, name="suggestions"),
    path("staff/suggestions/<int:pk>/", suggestions.suggestion, name="suggestion"),
    path("staff/suggestions/<int:pk>/decide/", suggestions.decide, name="decide"),
    path("staff/suggestions/<int:pk>/merge/", suggestions.merge, name="merge"),
    path("staff/questionnaires/", questionnaires.questionnaires, name="questionnaires"),
    path("staff/questionnaires/new/", questionnaires.edit, name="new_questionnaire"),
    path("staff/questionnaires/<int:pk>/", questionnaires.questionnaire, name="questionnaire"),
    path("staff/questionnaires/<int:pk>/edit/", questionnaires.edit, name="edit_questionnaire"),
    path("staff/questionnaires/<int:pk>/open/", questionnaires.schedule, name="schedule"),
    path("staff/questionnaires/<int:pk>/close/", questionnaires.close, name="close_questionnaire"),
    path("staff/questionnaires/<int:pk>/results.csv", questionnaires.export, name="export"),
]

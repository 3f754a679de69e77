"""Map the URLs of the staff pages by which a library sets itself up."""

from django.urls import URLPattern, path

from hub.staff.library import (
    branches,
    categories,
    channel_accounts,
    closed_days,
    fee_rules,
    first_run,
    look,
    members,
    numbering,
    settings,
    sign_in_links,
    undo,
)

ITEM_TYPES, PATRON_CATEGORIES = {"kind": "item_types"}, {"kind": "patron_categories"}
MAIL, SMS, WECHAT, WECOM = ({"channel": each} for each in channel_accounts.FORMS)
app_name = "library"
urlpatterns: list[URLPattern] = [
    path("staff/library/", closed_days.closed_days, name="closed_days"),
    path("staff/library/first-run/", first_run.first_run, name="first_run"),
    path("staff/library/checklist/", first_run.checklist, name="checklist"),
    path("staff/library/closed-days/add/", closed_days.close_days, name="close_days"),
    path("staff/library/closed-days/remove/", closed_days.open_days, name="open_days"),
    path("staff/library/branches/", branches.branches, name="branches"),
    path("staff/library/branches/new/", branches.new_branch, name="new_branch"),
    path("staff/library/branches/<int:pk>/", branches.branch, name="branch"),
    path("staff/library/branches/<int:pk>/remove/", branches.remove_branch, name="remove_branch"),
    path("staff/library/item-types/", categories.categories, ITEM_TYPES, name="item_types"),
    path("staff/library/item-types/<int:pk>/", categories.category, ITEM_TYPES, name="item_type"),
    path("staff/library/item-types/<int:pk>/remove/", categories.remove_category, ITEM_TYPES, name="remove_item_type"),
    path("staff/library/patron-categories/", categories.categories, PATRON_CATEGORIES, name="patron_categories"),
    path("staff/library/patron-categories/<int:pk>/", categories.category, PATRON_CATEGORIES, name="patron_category"),
    path(
        "staff/library/patron-categories/<int:pk>/remove/",
        categories.remove_category,
        PATRON_CATEGORIES,
        name="remove_patron_category",
    ),
    path("staff/library/fee-rules/", fee_rules.fee_rules, name="fee_rules"),
    path("staff/library/fee-rules/<int:pk>/remove/", fee_rules.remove_fee_rule, name="remove_fee_rule"),
    path("staff/library/settings/", settings.settings, name="settings"),
    path("staff/library/numbering/", numbering.numbering, name="numbering"),
    path("staff/library/look/", look.look, name="look"),
    path("staff/library/look/preview/", look.preview, name="look_preview"),
    path("staff/library/mail/", channel_accounts.account, MAIL, name="mail_account"),
    path("staff/library/mail/test/", channel_accounts.send_test_message, MAIL, name="test_mail_account"),
    path("staff/library/sms/", channel_accounts.account, SMS, name="sms_account"),
    path("staff/library/sms/test/", channel_accounts.send_test_message, SMS, name="test_sms_account"),
    path("staff/library/wechat/", channel_accounts.account, WECHAT, name="wechat_account"),
    path("staff/library/wechat/test/", channel_accounts.send_test_message, WECHAT, name="test_wechat_account"),
    path("staff/library/wecom/", channel_accounts.account, WECOM, name="wecom_account"),
    path("staff/library/wecom/test/", channel_accounts.send_test_message, WECOM, name="test_wecom_account"),
    path("staff/library/wechat/template/", channel_accounts.template, name="wechat_template"),
    path("staff/library/staff/", members.staff, name="staff"),
    path("staff/library/staff/<int:pk>/", members.member, name="member"),
    path("staff/library/staff/<int:pk>/<slug:what>/", members.act, name="member_act"),
    path(
        "staff/sign-in/link/<slug:uidb64>/<str:token>/",
        sign_in_links.ChoosePassword.as_view(),
        name="choose_password",
    ),
    path("staff/library/undo/<slug:kind>/", undo.undo, name="undo"),
]

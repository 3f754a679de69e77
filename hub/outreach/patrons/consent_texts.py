"""Define the default consent text of each purpose, used until the library writes its own.

These are legal texts: a change needs a new version number and a legal review.
"""

from collections.abc import Mapping

from hub.outreach.patrons.purposes import Purpose

SHIPPED: Mapping[str, tuple[str, str, str]] = {
    Purpose.SERVICE: (
        "2026-2",
        "为办理借还、预约和答复您的咨询，图书馆需要您的姓名、证号和一种联系方式。没有这些信息，我们无法提供借阅服务。",
        "To provide loans, holds and replies, the library needs your name, your card number and one contact method. "
        "Without them we cannot lend to you.",
    ),
    Purpose.REMINDERS: (
        "2026-3",
        "图书馆可以根据您以往的还书习惯，在合适的时间提醒您还书。只使用各类文献的借阅天数和您通常到馆的星期，不使用书名。"
        "您随时可以关闭。",
        "The library may send reminders at times that fit your habits. We use only how long you keep each type of item "
        "and the weekdays on which you visit, never titles. You can turn this off at any time.",
    ),
    Purpose.HISTORY: (
        "2026-4",
        "图书馆可以保留您最近借过的书目，供您自己查看。馆员只在您本人持证到服务台时，或应您要求导出资料时才能看到这些书名，"
        "每次查看都有记录。不同意时，图书归还后，书名只在图书馆规定的期限内（通常 30 天）为处理争议而保留，"
        "之后不再与您关联。您随时可以关闭并删除。",
        "The library may keep your most recently borrowed titles so that you can see them. Staff see them only "
        "while your card is at the desk, or when you ask for a copy of your data. Every access is recorded. If you do "
        "not agree, we keep a title with your name after its return only as long as the library allows for disputes, "
        "usually 30 days. You can turn this off and delete the titles at any time.",
    ),
    Purpose.RECOMMENDATIONS: (
        "2026-2",
        "图书馆可以根据您最近的借阅和兴趣为您推荐图书，并说明推荐理由。您随时可以修改兴趣或关闭推荐。",
        "The library may recommend books based on your recent loans and your interests, and tells you why. You can "
        "change your interests or turn this off at any time.",
    ),
    Purpose.TITLES: (
        "2026-2",
        "图书馆可以在发给您的荐书消息中写出推荐理由，例如您借过的书名或作者。消息可能被他人看到。"
        "不同意时，消息中只写您的兴趣类别。您随时可以关闭。",
        "Recommendation messages may give the reason, such as a title you borrowed or its author. Other people may see "
        "a message. If you do not agree, messages name only a subject that interests you. You can turn this off at any "
        "time.",
    ),
    Purpose.DIGEST: (
        "2026-2",
        "图书馆可以按您选择的周期向您发送新书快递。每条消息都可以退订。",
        "The library may send you a digest of new titles as often as you choose. You can unsubscribe in every message.",
    ),
    Purpose.ALERTS: (
        "2026-2",
        "图书馆可以保存您的检索词，有新书符合时通知您，每种书只通知一次。每条消息都可以退订，检索词可以随时删除。",
        "The library may save your search words and notify you about new titles that match them, once per title. You "
        "can unsubscribe in every message and delete the words at any time.",
    ),
    Purpose.CAMPAIGN: (
        "2026-2",
        "图书馆可以向您发送讲座、展览等活动的消息。每条消息都可以退订。",
        "The library may send you messages about talks, exhibitions and other events. You can unsubscribe in every "
        "message.",
    ),
    Purpose.QUESTIONNAIRE: (
        "2026-2",
        "图书馆可以不时邀请您填写一份简短的问卷。您可以匿名填写，也可以不填写。",
        "The library may occasionally invite you to answer a short questionnaire. You may answer anonymously, or not "
        "at all.",
    ),
    Purpose.RESEARCH: (
        "2026-2",
        "图书馆可以将去除身份信息后的借阅数据用于统计和改进服务。结果中不会出现任何个人。",
        "The library may use your loans, without data that identifies you, for statistics and to improve its services. "
        "No person can be identified in the results.",
    ),
}
"""By purpose: version, Chinese text, English text."""

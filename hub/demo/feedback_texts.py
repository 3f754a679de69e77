"""Hold the invented feedback of the demo library's patrons and the answers of its librarian."""

from typing import Any

WHO = ("name_mn", "uid7_a", "name_zh")
"""Cases of the patrons who give feedback."""

FEEDBACK = (
    (12, 2, "二楼阅览室靠窗的灯太暗，傍晚看书很吃力。", True),
    (2, 2, "自助机旁边没有放书包的地方，借书时很不方便。", True),
    (1, 4, "The new opening hours on Saturday are a great help. Could the café open as early?", False),
    (6, 1, "少儿区周末太吵了，希望能有一个安静的角落。", False),
    (0, 5, "馆员帮我找到了一本很久以前的地方志，非常感谢！", True),
)
"""Days ago, smiley, text, and whether it was given with a card."""

PUBLISHED = (
    "二楼阅览室光线太暗",
    "靠窗座位已换上新灯，傍晚也能看清",
    "The reading room on the second floor was too dark",
    "New lamps stand at the seats by the window",
)

QUESTIONS = (
    (60, "study", "想找内蒙古西部草原生态方面的论文，应该用哪个数据库？", ""),
    (90, "find", "《额尔古纳河右岸》有没有大字版？", ""),
    (5, "digital", "How do I read e-books at home? The page asks me for a password.", ""),
    (120, "card", "孩子的读者证丢了，补办需要带什么？", "请带户口簿或学生证，在服务台当场补办；已借的书不受影响。"),
    (200, "visit", "周日东馆的自习室开放吗？", "东馆周日闭馆；总馆周日自习室 9:00 开放，欢迎您来。"),
)
"""Hours ago, topic, text, answer."""

WISHES = (
    ("《额尔古纳河右岸》大字版", 3, "", ""),
    ("978-7-100-12388-4", 2, "", ""),
    ("978-7-5302-1109-0", 4, "ordered", ""),
    ("草原生态学导论（示例）", 2, "arrived", ""),
    ("A Field Guide to Steppe Birds (example)", 1, "declined", "馆内已有同类图鉴三种，可在总馆 Q 类架借阅。"),
)
"""Title or ISBN, number of requests, result, and its reason."""

BETTER = ("多开几台自助机", "希望晚上延长开放时间", "Longer opening hours, please", "新书上架可以更快一些")

VISIT: dict[str, Any] = {
    "title": {"default": "Your visit", "zh-cn": "您的到访"},
    "description": {"default": "Three questions, one minute, anonymous.", "zh-cn": "三道题，一分钟，匿名填写。"},
    "elements": [
        {
            "type": "rating",
            "name": "mood",
            "title": {"default": "How was your visit today?", "zh-cn": "您对今天的服务满意吗？"},
            "rateType": "smileys",
            "isRequired": True,
        },
        {
            "type": "checkbox",
            "name": "used",
            "title": {"default": "What did you come for?", "zh-cn": "您今天来使用了哪些服务？"},
            "choices": [
                {"value": "loan", "text": {"default": "Books to borrow", "zh-cn": "借还图书"}},
                {"value": "room", "text": {"default": "A place to read", "zh-cn": "阅览自习"}},
                {"value": "kiosk", "text": {"default": "The kiosk", "zh-cn": "自助机"}},
                {"value": "course", "text": {"default": "A course or an event", "zh-cn": "培训活动"}},
            ],
        },
        {
            "type": "comment",
            "name": "better",
            "title": {"default": "What could be better?", "zh-cn": "您觉得哪里可以改进？"},
            "visibleIf": "{mood} < 4",
        },
    ],
}

RECOMMEND: dict[str, Any] = {
    "title": {"default": "Would you recommend us?", "zh-cn": "您会推荐我们吗？"},
    "elements": [
        {
            "type": "rating",
            "name": "likely",
            "title": {
                "default": "How likely would you recommend us to a friend?",
                "zh-cn": "您有多大可能向朋友推荐本馆？",
            },
            "rateMin": 0,
            "rateMax": 10,
            "minRateDescription": {"default": "not at all", "zh-cn": "不会推荐"},
            "maxRateDescription": {"default": "very likely", "zh-cn": "一定推荐"},
        }
    ],
}

COURSES = (
    (
        "目录检索入门",
        "First steps in searching",
        "学会用目录、索引和文摘查找图书和文章。时长一小时，无需基础。",
        "Find a book or an article by catalogue, index and abstract; one hour, no knowledge needed.",
    ),
    (
        "学位论文怎么找",
        "How to find a thesis",
        "馆内可用的论文数据库、检索式的写法和全文获取。",
        "The databases of theses here, how to write a query, and how to get the full text.",
    ),
)
ROOM = "报告厅 Lecture hall"
MISSED = (("知网", 14), ("steppe ecology", 8), ("家谱", 3), ("扫描仪", 2), ("一次而已", 1))

RESOURCES = (
    (
        "示例学术期刊库",
        "Example Journals",
        "https://journals.example/",
        "中文学术期刊全文，馆内免费使用。",
        "Chinese academic journals in full text, free in the library.",
        "house",
    ),
    (
        "示例地方文献库",
        "Example Local History",
        "https://local.example/",
        "地方志、家谱与老照片，对所有人开放。",
        "Local chronicles, genealogies and old photographs, open to all.",
        "all",
    ),
    (
        "示例电子书",
        "Example E-books",
        "https://ebooks.example/",
        "三万种电子书，凭读者证在家阅读。",
        "Thirty thousand e-books, to be read at home with a card.",
        "card",
    ),
)

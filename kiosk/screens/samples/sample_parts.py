"""Invented patrons, books and dates for the sample views of the gallery."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeVar

from kiosk.views import CurrentPatron, LineState, LoanLine, Status, VisitLine, VisitTask
from lending.languages import SOURCES, languages, usual
from lending.model import CardRef, ItemId, PatronRef
from lending.policy import Allowance
from lending.shelves import Bay, Floor
from lending.transactions import TransactionId

Book = tuple[str, str, str, str]
"""Title, author, class and call number."""

HOME = timezone(timedelta(hours=8))
NOW = datetime(2026, 11, 22, 14, 32, tzinfo=HOME)
DUE = datetime(2026, 12, 20, 15, 59, tzinfo=UTC)

T = TypeVar("T")


class ByLanguage(dict[str, T]):
    """Values by language; a language without an entry has the English one."""

    def __missing__(self, language: str) -> T:
        return self[SOURCES]


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BOOKS = ByLanguage(
    {
        "en": (
            ("Extreme stars", "James B. Kaler", "5", "523.8 KAL"),
            ("The violin book", "Eric Baese", "7", "787.2 VIO"),
            ("A house in Sicily", "Daphne Phelps", "9", "945.8 PHE"),
            ("The island of lost maps", "Miles Harvey", "3", "364.162 HAR"),
            ("Seasons of the sea", "Patrick Moore", "5", "551.46 MOO"),
            ("Neap tide", "Jenny Hewitt", "8", "823 HEW"),
            ("Garden wisdom", "Opal Dunn", "6", "635 DUN"),
            ("The Library of Congress", "John Y. Cole", "0", "027.573 COL"),
            ("Letters to the seven churches", "W. M. Ramsay", "2", "228 RAM"),
            ("Art and interpretation", "Dorothea Dauer", "1", "111.85 DAU"),
        ),
        "zh": (
            ("黄叶村读书记", "止庵", "G", "G256 ZHI"),
            ("中国度量衡史", "吴承洛", "T", "TB9 WCL"),
            ("河北古树志", "河北省绿化委员会", "S", "S717 HEB"),
            ("古村落", "彭一刚", "K", "K928 PYG"),
            ("听取自然", "徐刚", "I", "I267 XUG"),
            ("中国火山", "刘嘉麒", "P", "P317 LJQ"),
            ("剪纸艺术欣赏", "王伯敏", "J", "J528 WBM"),
            ("汉字拾趣", "李乐毅", "H", "H12 LLY"),
            ("中国佛教文化漫笔", "白化文", "B9", "B948 BHW"),
            ("一枕书声", "谷林", "Z", "Z835 GUL"),
        ),
        "zh_TW": (
            ("紅樓夢", "曹雪芹", "I", "I242 CXQ"),
            ("中国度量衡史", "吴承洛", "T", "TB9 WCL"),
            ("臺灣古蹟的歷史與軟體裝置", "樣本編寫組", "K", "K928 YBZ"),
            ("古村落", "彭一刚", "K", "K928 PYG"),
            ("聽取自然", "徐剛", "I", "I267 XUG"),
            ("中国火山", "刘嘉麒", "P", "P317 LJQ"),
            ("剪紙藝術欣賞", "王伯敏", "J", "J528 WBM"),
            ("汉字拾趣", "李乐毅", "H", "H12 LLY"),
            ("中國佛教文化漫筆", "白化文", "B9", "B948 BHW"),
            ("一枕書聲", "谷林", "Z", "Z835 GUL"),
        ),
        "mn": (
            ("Цаст уул", "Ж. Үлгэр", "8", "894.233 ҮЛГ"),
            ("Үүрийн туяа", "Б. Ринчен", "8", "894.233 РИН"),
            ("Монголын нууц товчоо", "", "9", "951.025 МОН"),
            ("Говийн өндөр", "Ш. Гаадамба", "8", "894.233 ГАА"),
            ("Талын ургамал", "Ж. Үлгэр", "5", "581.951 ҮЛГ"),
            ("Мориор аялахуй", "Б. Жишээ", "7", "798.2 ЖИШ"),
            ("Талын нүүдэл", "Ө. Загвар", "3", "305.9 ЗАГ"),
            ("Номын сангийн түүх", "Ж. Үлгэр", "0", "027.5 ҮЛГ"),
            ("Бурхны шашны соёл", "Б. Жишээ", "2", "294.3 ЖИШ"),
            ("Урлаг ба утга", "Ө. Загвар", "1", "111.85 ЗАГ"),
        ),
    }
)
FOUND = ByLanguage(
    {
        "en": (
            "map",
            (
                ("The island of lost maps", "Miles Harvey", "3", "364.162 HAR"),
                ("English maps", "Ruth Delano", "9", "912.42 DEL"),
                ("Mapping the stars", "James B. Kaler", "5", "523.8 KAL"),
                ("Mega-fun map skills", "Opal Dunn", "3", "372.89 DUN"),
                ("A map of the house", "Daphne Phelps", "7", "728.3 PHE"),
                ("Sea maps and their makers", "Patrick Moore", "9", "912.26 MOO"),
            ),
        ),
        "zh": (
            "hlm",
            (
                ("红楼梦", "曹雪芹", "I", "I242.4 CXQ"),
                ("红楼梦诗词", "样本编写组", "I", "I207.4 YBZ"),
                ("红楼梦的建筑", "样本编写组", "T", "TU-098 YBZ"),
                ("红楼梦人物图", "样本编写组", "J", "J228 YBZ"),
                ("红楼梦里的药方", "样本编写组", "R", "R289 YBZ"),
                ("红楼梦语言", "样本编写组", "H", "H109 YBZ"),
            ),
        ),
        "zh_TW": (
            "hlm",
            (
                ("紅樓夢", "曹雪芹", "I", "I242.4 CXQ"),
                ("紅樓夢詩詞", "樣本編寫組", "I", "I207.4 YBZ"),
                ("紅樓夢的建築", "樣本編寫組", "T", "TU-098 YBZ"),
                ("紅樓夢人物圖", "樣本編寫組", "J", "J228 YBZ"),
                ("紅樓夢裡的藥方", "樣本編寫組", "R", "R289 YBZ"),
                ("紅樓夢語言", "樣本編寫組", "H", "H109 YBZ"),
            ),
        ),
        "mn": (
            "монгол",
            (
                ("Монголын нууц товчоо", "", "9", "951.025 МОН"),
                ("Монгол гэр", "Ж. Үлгэр", "7", "728.3 ҮЛГ"),
                ("Монгол орны шувууд", "Б. Жишээ", "5", "598.295 ЖИШ"),
                ("Монгол ардын дуу", "Ө. Загвар", "7", "782.42 ЗАГ"),
                ("Монгол морь", "Б. Жишээ", "6", "636.1 ЖИШ"),
                ("Монголын тал нутаг", "Ж. Үлгэр", "9", "915.17 ҮЛГ"),
            ),
        ),
    }
)
"""What is typed, and the titles of a catalogue that the search finds with it."""
LONG = ByLanguage(
    {
        "en": (
            (
                "The history of the decline and fall of the Roman Empire, "
                "with notes on the chief cities of the provinces",
                "Edward Gibbon",
                "9",
                "937.06 GIB",
            ),
            (
                "Монгол нутаг дахь Өвөрхангай, Үйзэн гүний хошууны түүх, соёлын дурсгал",
                "Өлзийбаяр, Үүрийнтуяа",
                "9",
                "951.7 ӨЛЗ",
            ),
            ("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft", "", "6", "621.3 DON"),
        ),
        "zh": (
            (
                "中华人民共和国国家重点图书出版规划项目：长江三峡水利枢纽工程库区古村落与历史文化名镇保护研究",
                "课题组",
                "K",
                "K928.71 KTZ",
            ),
            (
                "Монгол нутаг дахь Өвөрхангай, Үйзэн гүний хошууны түүх, соёлын дурсгал",
                "Өлзийбаяр, Үүрийнтуяа",
                "K",
                "K311 ӨЛЗ",
            ),
            (
                "人机交互：以用户为中心的设计和评估（第6版）《信息技术应用丛书》，高等学校教材",
                "董建明",
                "T",
                "TP11 DJM",
            ),
        ),
        "zh_TW": (
            (
                "中華人民共和國國家重點圖書出版規劃項目：長江三峽水利樞紐工程庫區古村落與歷史文化名鎮保護研究",
                "課題組",
                "K",
                "K928.71 KTZ",
            ),
            (
                "Монгол нутаг дахь Өвөрхангай, Үйзэн гүний хошууны түүх, соёлын дурсгал",
                "Өлзийбаяр, Үүрийнтуяа",
                "K",
                "K311 ӨЛЗ",
            ),
            (
                "人机交互：以用户为中心的设计和评估（第6版）《信息技术应用丛书》，高等学校教材",
                "董建明",
                "T",
                "TP11 DJM",
            ),
        ),
        "mn": (
            (
                "Монгол нутаг дахь Өвөрхангай, Үйзэн гүний хошууны түүх, соёлын дурсгал",
                "Өлзийбаяр, Үүрийнтуяа",
                "9",
                "951.7 ӨЛЗ",
            ),
            (
                "Нүүдэлчдийн ахуйгаас суурин соёл иргэншилд шилжихүйн үеийн түүхэн зураг, нийгмийн өөрчлөлтүүд",
                "Ж. Үлгэр",
                "3",
                "305.9 ҮЛГ",
            ),
            ("Цахилгаанжуулалтынхныхаа, хэрэглээнийхнийхээ, үйлдвэрлэлийнхнийхээ түүх", "", "6", "621.3 ЦАХ"),
        ),
    }
)

EAST = {"zh": "东城区少年儿童分馆", "en": "The children's library in the east of the city"}
"""A branch with a long name."""
PLACES = ByLanguage(
    {
        "en": "Hold shelf beside the east entrance, second floor",
        "zh": "二楼东入口旁边的预约书架，左数第二排",
        "zh_TW": "二樓東入口旁邊的預約書架，左數第二排",
        "mn": "Хоёр давхар, зүүн хаалга, захиалгын тавиур",
    }
)
"""Place names of the maximum length."""

FLOOR = Floor(
    {"zh": "二楼", "en": "Floor 2", "mn": "2 давхар"},
    2,
    24,
    12,
    (11, 11),
    bays=(
        *(Bay(str(10 + n), 2 + 3 * n, 1, 1, 4, f"{n + 1}00", f"{n + 1}99") for n in range(8)),
        *(Bay(chr(65 + n), 2 + 3 * n, 6, 1, 4, "ABCEFGHI"[n], "ABCEFGHI"[n] + "9") for n in range(8)),
    ),
)
LIBRARIES = ByLanguage(
    {"en": "Lakeside Library", "zh": "湖滨图书馆", "zh_TW": "湖濱圖書館", "mn": "Нуурын эргийн номын сан"}
)
NAMES = ByLanguage({"en": "Ada L.", "zh": "林**", "zh_TW": "林**", "mn": "Үлгэр Ж."})
OTHERS = ByLanguage(
    {
        "en": ("Bruno P.", "Kit S."),
        "zh": ("欧阳**", "样*"),
        "zh_TW": ("歐陽**", "樣*"),
        "mn": ("Загварын Ө.", "Кит С."),
    }
)
"""Names of other cards in the same visit."""


def status(language: str, *, online: bool = True, contrast: bool = False, large: bool = False) -> Status:
    library = LIBRARIES[language]
    chosen = large or contrast
    offered = tuple(languages()) if languages()[language].kin else usual()
    return Status(library, NOW, language, online, large, contrast, still=chosen, voice=chosen, languages=offered)


def line(book: Book, state: LineState, number: int, errand: VisitTask = VisitTask.BORROW, **more: object) -> VisitLine:
    title, author, subject, call_number = book
    agreed = state in (LineState.DONE, LineState.SAVED)
    shown = VisitLine(
        ItemId(f"3001200048{2710 + number:04d}"),
        errand,
        state,
        title,
        author,
        subject,
        call_number,
        due=DUE if errand is VisitTask.BORROW and agreed else None,
        transaction=TransactionId(f"0195{number}") if agreed else None,
    )
    return replace(shown, **more)  # type: ignore[arg-type]


def guest(language: str, on_loan: int = 2, allowed: int = 10, **more: object) -> CurrentPatron:
    known = CurrentPatron(CardRef("card"), PatronRef("patron"), Allowance(allowed, on_loan), NAMES[language], "5678")
    return replace(known, **more)  # type: ignore[arg-type]


def loan(book: Book, number: int, days: int, more: dict[str, object]) -> LoanLine:
    due = (NOW + timedelta(days=days)).replace(hour=23, minute=59)
    return replace(
        LoanLine(ItemId(f"30012000482{710 + number}"), book[0], due, False, book[1], book[2]),
        **more,  # type: ignore[arg-type]
    )

"""Define the texts of the two-minute lessons: title, pages and quiz of each."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.words.localizer import Localizer


@dataclass(frozen=True, slots=True)
class Lesson:
    """Texts of one lesson; `answers` are in the order of the choices a, b, c."""

    title: str
    short: str
    """Short title for small screens."""
    pages: tuple[str, str, str, str]
    quiz: str
    answers: tuple[str, str, str]
    because: str
    """Explanation shown after the answer, right or wrong."""


def lesson(speech: Localizer, name: str) -> Lesson:
    """Return a lesson by name: `search`, `call_number`, `ebooks` or `lending`."""
    say = speech.say
    return {
        "search": lambda: Lesson(
            say("How to find a book"),
            say("Find a book"),
            (
                say("Enter the start of a title or author. 2 letters are enough."),
                say("For a Chinese title, enter the first letters of its pinyin."),
                say("Touch a title to see if it is here and where to find it."),
                say("No results? Remove a word, or ask us. We can tell you when it arrives."),
            ),
            say("Which keys find 红楼梦?"),
            ("dream", "hlm", "1791"),
            say("The first letters of the pinyin: hong lou meng."),
        ),
        "call_number": lambda: Lesson(
            say("How to read a call number"),
            say("Call numbers"),
            (
                say("The spine label shows where a book belongs. Read it from the top."),
                say("The first letter is the subject: I is literature, K history, T technology."),
                say("Compare digit by digit: I24 comes before I247, and I247 before I25."),
                say("The author follows the slash. Each bay shows its first and last call number."),
            ),
            say("Which one comes first on the shelf?"),
            ("I247.5", "I25", "I24"),
            say("I24, then I247.5, then I25: digit by digit, like words in a dictionary."),
        ),
        "ebooks": lambda: Lesson(
            say("E-books"),
            say("E-books"),
            (
                say("Many titles can be read at once, on a phone or a computer."),
                say("Touch “Read it now” beside a title, then scan the code with your phone."),
                say("Some are open to all. Others ask for your card number."),
                say("Nothing to return: e-book loans end automatically."),
            ),
            say("An e-book loan has ended. What do you do?"),
            (say("Nothing"), say("Return it to the library"), say("Pay a fee")),
            say("It ends automatically and costs nothing."),
        ),
        "lending": lambda: Lesson(
            say("How to borrow"),
            say("Borrow"),
            (
                say("Place your card on the reader, then scan your books one at a time."),
                say("The date beside each book is its due date. We remind you beforehand."),
                say("Renew here or on your phone, unless someone has a hold on the book."),
                say("You need no card to return books. Staff check each one."),
            ),
            say("Do you need your card to return a book?"),
            (say("Always"), say("Never"), say("Only at the desk")),
            say("Just scan the book. Its barcode identifies the loan."),
        ),
    }[name]()

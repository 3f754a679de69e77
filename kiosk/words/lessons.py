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
                say("Type how a title or an author begins. Two letters are enough."),
                say("For a Chinese title type the first letters of its pinyin."),
                say("Touch a title: it says whether it is here, and where it stands."),
                say("Nothing found? Take a word away, or ask us. We can tell you when it comes."),
            ),
            say("Which keys find 红楼梦?"),
            ("dream", "hlm", "1791"),
            say("The first letters of the pinyin: hong lou meng."),
        ),
        "call_number": lambda: Lesson(
            say("How to read a call number"),
            say("Call numbers"),
            (
                say("The label on a book's back says where it stands. It is read from the top."),
                say("First the subject: I is literature, K is history, T is technology."),
                say("Figures are read one by one: I24 stands before I247, and I247 before I25."),
                say("After the stroke comes the author. Each bay says where its books begin and end."),
            ),
            say("Which one stands first on the shelf?"),
            ("I247.5", "I25", "I24"),
            say("I24, then I247.5, then I25: figure by figure, like words in a dictionary."),
        ),
        "ebooks": lambda: Lesson(
            say("E-books"),
            say("E-books"),
            (
                say("Many titles can be read at once, on a phone or a computer."),
                say("Touch “Read it now” beside a title, and hold your phone's camera over the code."),
                say("Some are open to all. Others ask for your card number."),
                say("There is nothing to bring back: a lent e-book ends by itself."),
            ),
            say("The time of an e-book is over. What do you do?"),
            (say("Nothing"), say("Bring it back"), say("Pay for it")),
            say("It ends by itself, and costs nothing."),
        ),
        "lending": lambda: Lesson(
            say("Borrowing here"),
            say("Borrow"),
            (
                say("Hold your card to the reader, then show one book after the other."),
                say("The date beside a book is its last day. We remind you before it."),
                say("Renew here or on your phone, as long as nobody waits for the book."),
                say("Bring books back without a card. Staff look at each before it is done."),
            ),
            say("Do you need your card to return a book?"),
            (say("Yes, always"), say("No"), say("Only at the desk")),
            say("Just show the book. Its label says whose loan ends."),
        ),
    }[name]()

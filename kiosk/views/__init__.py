"""Define the view models: the state each screen draws, and the actions that can be pressed on it."""

from __future__ import annotations

from kiosk.views.actions import (
    KEYS,
    actions,
    choices,
    pad_pages,
)
from kiosk.views.common import (
    ALL_CARD_INPUTS,
    DIGITS,
    FAREWELL_SECONDS,
    IDLE_SECONDS,
    LABELS,
    NOTHING,
    PHONE_SECONDS,
    PRINTING_SECONDS,
    READING_SECONDS,
    TECHNICIAN_SECONDS,
    WARNING_SECONDS,
    AcceptedNumbers,
    Action,
    CardInputs,
    CurrentPatron,
    Focus,
    LineState,
    LoanLine,
    OneTimeCode,
    OtherCard,
    Pad,
    PadContents,
    Question,
    ReceiptState,
    Signal,
    TagProblem,
    TagState,
    VisitLine,
    VisitTask,
    undoable,
)
from kiosk.views.find import (
    Find,
    TitlePage,
)
from kiosk.views.learn import (
    Learn,
)
from kiosk.views.my_details import (
    Details,
    RecordPage,
    key_of,
)
from kiosk.views.patron_input import (
    ABOUT,
    TOPICS,
    AskLibrarian,
    Feedback,
    ForYou,
    PickKind,
    PickLine,
    Thanks,
    Writing,
)
from kiosk.views.registration import (
    Registering,
)
from kiosk.views.screen_state import (
    Cover,
    Finding,
    Ground,
    Listing,
    Panel,
    Status,
    View,
    apply_preferences,
    ground_of,
    lines_of,
    preferences_of,
    setting,
    with_ground,
    with_uncovered,
    without_covers,
)
from kiosk.views.service import (
    NOT_SET_UP,
    SPOTS,
    Help,
    IdleWarning,
    OutOfOrder,
    Release,
    SignIn,
    Technician,
    TouchTest,
    Trial,
)
from kiosk.views.survey import (
    Survey,
)
from kiosk.views.text_entry import (
    BOARDS,
    Board,
    Spelling,
)
from kiosk.views.visit import (
    Account,
    Asking,
    Blocked,
    Borrowing,
    Farewell,
    Identify,
    Refused,
    Returning,
    Welcome,
)

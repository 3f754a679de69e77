"""Fill outreach's tables for an invented library's loans: what the feed would have produced, and what lies beyond it.

A test compares the former with the feed. The latter are consents, contacts, outcomes, messages and opinions.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hub.catalogue.models import Branch
from hub.core.encrypted_fields import keyed_hash
from hub.load_test import synthetic_loans
from hub.load_test.circulation_fixtures import (
    BRANCHES,
    FIRST_LOAN,
    GROUPS,
    LibraryDays,
    barcodes,
    codes,
    put,
    refs,
    reset_sequences,
)
from hub.outreach.engagement.feedback.models import MissedSearch, SmileyRating
from hub.outreach.messaging.models import Delivery, Message
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.models import Consent, Contact, FieldConsent, MonthlyLoans, Person, Source
from hub.outreach.patrons.purposes import MARKETING, MessageKind, Purpose
from hub.outreach.recommendations.reading_profiles.models import CoLoanCount, HistoryTitle, TitleLoanCount, WeeklyLoans
from hub.outreach.recommendations.reading_profiles.trained_model import HALF_LIFE
from hub.outreach.recommendations.reminders.loan_length_model import Floats, Whole
from hub.outreach.recommendations.reminders.models import Basis, LoanLength, OpenLoan, Outcome, VisitPattern
from hub.outreach.recommendations.reminders.simulated_loans import TYPES, UPPER_QUARTILE
from hub.outreach.statistics.models import Borrower, Headcount, Night
from hub.outreach.statistics.models import DailyLoans as LentOfDay

AGREE = {Purpose.HISTORY: 0.3, Purpose.RECOMMENDATIONS: 0.3, Purpose.DIGEST: 0.4, Purpose.CAMPAIGN: 0.35}
"""Shares of the patrons; those who consent to their history also consent to recommendations."""
REACHED, KEPT, NIGHTS, MESSAGES = 0.6, 5, 2 * 364, 3
NINTH = 0.8416


def fill_outreach(library: synthetic_loans.SyntheticLibrary, calendar: LibraryDays, now: float) -> None:
    """Create what the feed would have produced up to `now`, in days since the first day. No model is trained."""
    loans = library.loans.select(library.loans.out <= now)
    back = loans.back <= now
    patrons = _people(loans, calendar)
    _days(library, loans, back, patrons, calendar)
    _habits(loans, back, calendar, now)
    _weeks(loans, calendar)
    _titles(loans, library.titles, calendar)
    reset_sequences(Person)


def _people(loans: synthetic_loans.SyntheticLoans, calendar: LibraryDays) -> Whole:
    """Create a person for each borrower, with the primary key of the patron's row."""
    patrons, first = np.unique(loans.patron, return_index=True)
    since = calendar.moments(loans.out[first])
    put(Person, len(patrons), id=patrons + 1, ref=refs(patrons), since=since)
    months = calendar.days(loans.out).astype("datetime64[M]").astype(np.int64)
    patron, month, count = _count_pairs(loans.patron, months)
    day = month.astype("datetime64[M]").astype("datetime64[D]")
    put(MonthlyLoans, len(patron), person_id=patron + 1, month=day, loans=count)
    return patrons


def _count_pairs(one: Whole, other: Whole) -> tuple[Whole, Whole, Whole]:
    """Return each pair of values and its count."""
    if not len(one):
        return one, other, one
    low, wide = int(np.min(other)), int(np.max(other)) - int(np.min(other)) + 1
    found, count = np.unique(one * wide + (other - low), return_counts=True)
    return found // wide, found % wide + low, count


def _days(
    library: synthetic_loans.SyntheticLibrary,
    loans: synthetic_loans.SyntheticLoans,
    back: NDArray[np.bool_],
    patrons: Whole,
    calendar: LibraryDays,
) -> None:
    house = library.branch[loans.patron] * len(GROUPS) + library.group[loans.patron]
    late = loans.back > loans.due(loans.renewals)
    wide, places = synthetic_loans.DAYS + 2, len(BRANCHES) * len(GROUPS)
    sums = [
        np.bincount(np.floor(at).astype(np.int64) * places + house[rows], minlength=wide * places)
        for at, rows in (
            (loans.out, slice(None)),
            (loans.back[back], back),
            (loans.back[back & late], back & late),
        )
    ]
    there = np.flatnonzero(sums[0] + sums[1])
    put(
        LentOfDay,
        len(there),
        on=calendar.days(there // places),
        branch=np.array(BRANCHES).astype("S4")[there % places // len(GROUPS)],
        group=np.array(GROUPS).astype("S5")[there % len(GROUPS)],
        loans=sums[0][there],
        back=sums[1][there],
        late=sums[2][there],
    )
    last = np.zeros(len(library.branch))
    np.maximum.at(last, loans.patron, loans.out)
    first = np.full(len(library.branch), np.inf)
    np.minimum.at(first, loans.patron, loans.out)
    put(
        Borrower,
        len(patrons),
        person_id=patrons + 1,
        branch=np.array(BRANCHES).astype("S4")[library.branch[patrons]],
        group=np.array(GROUPS).astype("S5")[library.group[patrons]],
        first_on=calendar.days(first[patrons]),
        last_on=calendar.days(last[patrons]),
    )


def _habits(loans: synthetic_loans.SyntheticLoans, back: NDArray[np.bool_], calendar: LibraryDays, now: float) -> None:
    rows = np.flatnonzero(~back)
    still, renewals = loans.select(rows), loans.renewals_by(now)[rows]
    put(
        OpenLoan,
        len(rows),
        loan=np.char.mod("%d", FIRST_LOAN + rows).astype("S10"),
        person_id=still.patron + 1,
        item=barcodes(still.title, still.copy),
        title=still.title + 1,
        type=codes(still.type),
        out_at=calendar.moments(still.out),
        due=calendar.moments(still.due(renewals)),
        renewals=renewals,
    )
    over = loans.select(back)
    day = np.floor(over.back).astype(np.int64)
    put(
        LoanLength,
        len(over),
        person_id=over.patron + 1,
        type=codes(over.type),
        days=np.round(over.back - over.out, 1),
        week=calendar.days(day - (day + calendar.first.weekday()) % 7),
    )
    _rhythms(loans, over, calendar)


def _rhythms(
    loans: synthetic_loans.SyntheticLoans, over: synthetic_loans.SyntheticLoans, calendar: LibraryDays
) -> None:
    """Count each day of a visit under its weekday."""
    patron = np.concatenate((loans.patron, over.patron))
    day = np.floor(np.concatenate((loans.out, over.back))).astype(np.int64)
    patron, day, _times = _count_pairs(patron, day)
    weekday = (day + calendar.first.weekday()) % 7
    people, place = np.unique(patron, return_inverse=True)
    counts = np.bincount(place * 7 + weekday, minlength=7 * len(people)).reshape(-1, 7)
    texts = np.full(len(people), b"[", "S1")
    for at in range(7):
        texts = np.char.add(texts, np.char.mod("%5d," if at < 6 else "%5d]", counts[:, at]).astype("S6"))
    last = np.append(np.flatnonzero(np.diff(patron)), len(patron) - 1)
    put(VisitPattern, len(people), person_id=people + 1, weekdays=texts, last_visit=calendar.days(day[last]))


def _weeks(loans: synthetic_loans.SyntheticLoans, calendar: LibraryDays) -> None:
    day = np.floor(loans.out).astype(np.int64)
    patron, monday, count = _count_pairs(loans.patron, day - (day + calendar.first.weekday()) % 7)
    put(WeeklyLoans, len(patron), person_id=patron + 1, monday=calendar.days(monday), loans=count)


def _titles(loans: synthetic_loans.SyntheticLoans, titles: int, calendar: LibraryDays) -> None:
    """Create loan and co-loan counts, in which a loan's weight decays with its age."""
    day = np.floor(loans.out)
    title, weight, last = _sum_decayed(loans.title, day)
    put(TitleLoanCount, len(title), title=title + 1, weight=weight, day=calendar.days(last))
    first, second, when = pairs(loans)
    low, high = np.minimum(first, second), np.maximum(first, second)
    both, weight, last = _sum_decayed(low * titles + high, when)
    put(
        CoLoanCount,
        len(both),
        low=both // titles + 1,
        high=both % titles + 1,
        weight=weight,
        day=calendar.days(last),
    )


def _sum_decayed(key: Whole, day: Floats) -> tuple[Whole, Floats, Floats]:
    """Return each key once, with the sum of its decayed weights and its last day."""
    order = np.argsort(key, kind="stable")
    key, day = key[order], day[order]
    begin = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1]))) if len(key) else np.zeros(0, np.int64)
    if not len(begin):
        return key, day, day
    last = np.maximum.reduceat(day, begin)
    count = np.diff(np.append(begin, len(key)))
    weight = np.add.reduceat(0.5 ** ((np.repeat(last, count) - day) / HALF_LIFE), begin)
    return key[begin], weight, last


def pairs(loans: synthetic_loans.SyntheticLoans) -> tuple[Whole, Whole, Floats]:
    """Return, per loan, the titles that the patron already had on loan, and the day."""
    order = np.lexsort((np.arange(len(loans)), loans.patron))
    patron, out, back, title = loans.patron[order], loans.out[order], loans.back[order], loans.title[order]
    firsts: list[Whole] = []
    seconds: list[Whole] = []
    days: list[Floats] = []
    later = np.arange(len(patron))
    for lag in range(1, len(patron) + 1):
        later = later[later >= lag]
        later = later[
            (patron[later] == patron[later - lag]) & (out[later] - out[later - lag] < synthetic_loans.LONGEST)
        ]
        if not len(later):
            break
        both = later[back[later - lag] > out[later]]
        firsts.append(title[both].astype(np.int32))
        seconds.append(title[both - lag].astype(np.int32))
        days.append(np.floor(out[both]))
    empty = np.zeros(0, np.int64)
    if not firsts:
        return empty, empty, empty.astype(np.float64)
    return np.concatenate(firsts).astype(np.int64), np.concatenate(seconds).astype(np.int64), np.concatenate(days)


def fill_beyond_feed(library: synthetic_loans.SyntheticLibrary, calendar: LibraryDays, now: float, seed: int) -> None:
    """Fill the tables that the feed does not, up to `now`."""
    rng = np.random.default_rng(seed + 1)
    loans = library.loans.select(library.loans.out <= now)
    people = np.unique(loans.patron)
    _consents(rng, loans, people, calendar, now)
    _contacts(rng, people, calendar, now)
    _outcomes(loans.select(loans.back <= now), calendar)
    _nights(len(people), calendar, now)
    _messages(rng, people, calendar, now)
    _voices(rng, len(loans) // 50, calendar, now)


def _consents(
    rng: Generator, loans: synthetic_loans.SyntheticLoans, people: Whole, calendar: LibraryDays, now: float
) -> None:
    draw = rng.random((len(people), 2))
    for purpose, share in AGREE.items():
        chosen_people = people[draw[:, int(purpose in (Purpose.DIGEST, Purpose.CAMPAIGN))] < share]
        at = calendar.moments(np.full(len(chosen_people), now))
        put(
            Consent,
            len(chosen_people),
            person_id=chosen_people + 1,
            purpose=str(purpose),
            given=True,
            by="import",
            at=at,
        )
        if purpose in MARKETING:
            mail, name = str(Channel.MAIL), str(purpose)
            put(
                FieldConsent,
                len(chosen_people),
                person_id=chosen_people + 1,
                field=mail,
                purpose=name,
                given=True,
                by="import",
                at=at,
            )
    agree = people[draw[:, 0] < AGREE[Purpose.HISTORY]]
    rows = np.flatnonzero(np.isin(loans.patron, agree))[::-1]
    rows = rows[np.argsort(loans.patron[rows], kind="stable")]
    _each, begin, count = np.unique(loans.patron[rows], return_index=True, return_counts=True)
    last = rows[np.arange(len(rows)) - np.repeat(begin, count) < KEPT]
    out = calendar.moments(loans.out[last])
    put(HistoryTitle, len(last), person_id=loans.patron[last] + 1, title=loans.title[last] + 1, at=out)


def _contacts(rng: Generator, people: Whole, calendar: LibraryDays, now: float) -> None:
    reachable = people[rng.random(len(people)) < REACHED]
    dates = rng.uniform(0, now, len(reachable))
    Contact.objects.bulk_create(
        (
            Contact(
                person_id=int(each) + 1,
                channel=Channel.MAIL,
                address=(text := f"reader{each}@example.org"),
                hash=keyed_hash("mail", text),
                source=Source.IMPORT,
                told_at=calendar.moment(float(at)),
                verified_at=calendar.moment(float(at)),
            )
            for each, at in zip(reachable, dates, strict=True)
        ),
        batch_size=2000,
    )


def _outcomes(over: synthetic_loans.SyntheticLoans, calendar: LibraryDays) -> None:
    """Create outcomes as forecast from the item type alone."""
    middles = np.log([median for median, _upper, _share in TYPES.values()])
    spreads = np.log([upper / median for median, upper, _share in TYPES.values()]) / UPPER_QUARTILE
    middle, spread = middles[over.type], spreads[over.type]
    judged = np.floor(over.out + np.exp(middle + NINTH * spread))
    late = over.back > over.due(over.renewals)
    put(
        Outcome,
        len(over),
        type=codes(over.type),
        basis=str(Basis.TYPE),
        middle=middle,
        spread=spread,
        by_type=middle,
        days=over.back - over.out,
        late=late.astype(np.int8),
        judged_on=calendar.days(judged),
    )


def _nights(people: int, calendar: LibraryDays, now: float) -> None:
    nights = np.floor(now) - np.arange(NIGHTS, 0, -1)
    share = people // (len(BRANCHES) * len(GROUPS))
    for branch in BRANCHES:
        for group in GROUPS:
            put(
                Headcount,
                NIGHTS,
                on=calendar.days(nights),
                branch=branch,
                group=group,
                regular=share // 2,
                new=share // 20,
                lapsing=share // 8,
                lapsed=share // 8,
            )
    facts = {"contacts": people, "fresh": people // 2, "bounced": people // 50, "said": people // 90, "failed": 3}
    put(Night, NIGHTS, on=calendar.days(nights), **facts)


def _messages(rng: Generator, people: Whole, calendar: LibraryDays, now: float) -> None:
    """Create messages of the last ninety days, each sent at the first attempt."""
    recipients = np.repeat(people, MESSAGES)
    at: Floats = np.sort(rng.uniform(now - 90, now - 4, len(recipients)))
    number = np.arange(len(recipients)) + 1
    put(
        Message,
        len(recipients),
        id=number,
        person_id=rng.permutation(recipients) + 1,
        kind=str(MessageKind.DUE_SOON),
        key=np.char.mod("%010d", number).astype("S10"),
        uid=np.frombuffer(rng.bytes(16 * len(recipients)), "V16"),
        facts="",
        made_at=calendar.moments(at),
        next_at=calendar.moments(at),
        state=str(Message.State.SAID),
        done_at=calendar.moments(at + 0.01),
    )
    put(
        Delivery,
        len(recipients),
        message_id=number,
        number=1,
        person_id=recipients + 1,
        channel=str(Channel.MAIL),
        key=np.char.mod("%032x", number).astype("S32"),
        state=str(Delivery.State.SENT),
        made_at=calendar.moments(at),
        done_at=calendar.moments(at + 0.01),
    )
    reset_sequences(Message)


def _voices(rng: Generator, faces: int, calendar: LibraryDays, now: float) -> None:
    branches = np.array(list(Branch.objects.order_by("pk").values_list("pk", flat=True)))
    put(
        SmileyRating,
        faces,
        face=rng.choice([1, 2, 3, 4, 5], faces, p=[0.03, 0.05, 0.12, 0.3, 0.5]),
        branch_id=rng.choice(branches, faces),
        on=calendar.days(np.sort(rng.uniform(0, now, faces))),
    )
    weeks = [(calendar.moment(now) - timedelta(weeks=each)).date() for each in range(20)]
    MissedSearch.objects.bulk_create(
        MissedSearch(words=f"not here {number}", week=week - timedelta(days=week.weekday()), times=1 + number % 5)
        for week in weeks
        for number in range(min(faces // 20 + 1, 200))
    )

"""Add data not derived from loans: consents, addresses, histories, forecasts, nights, messages."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from numpy.random import Generator

from hub.catalogue.models import Branch
from hub.core.encrypted_fields import keyed_hash
from hub.load_test import synthetic_loans
from hub.load_test.bulk_copy import put, reset_sequences
from hub.load_test.circulation_fixtures import BRANCHES, GROUPS, Calendar, codes
from hub.outreach.engagement.feedback.models import MissedSearch, SmileyRating
from hub.outreach.messaging.models import Delivery, Message
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.message_kinds import MessageKind
from hub.outreach.patrons.models import Consent, Contact, FieldConsent, Source
from hub.outreach.patrons.purposes import MARKETING, Purpose
from hub.outreach.recommendations.reading_profiles.models import HistoryTitle
from hub.outreach.recommendations.reminders.loan_length_model import Floats, Whole
from hub.outreach.recommendations.reminders.models import Basis, Outcome
from hub.outreach.recommendations.reminders.simulated_loans import TYPES, UPPER_QUARTILE
from hub.outreach.statistics.models import Headcount, Night

AGREE = {Purpose.HISTORY: 0.3, Purpose.RECOMMENDATIONS: 0.3, Purpose.DIGEST: 0.4, Purpose.CAMPAIGN: 0.35}
"""Shares of the patrons; those who consent to their history also consent to recommendations."""
REACHED, KEPT, NIGHTS, MESSAGES = 0.6, 5, 2 * 364, 3
NINTH = 0.8416


def beyond(library: synthetic_loans.SyntheticLibrary, calendar: Calendar, now: float, seed: int) -> None:
    """Fill the tables up to `now`, in days since the first day."""
    rng = np.random.default_rng(seed + 1)
    loans = library.loans.select(library.loans.out <= now)
    people = np.unique(loans.patron)
    _consents(rng, loans, people, calendar, now)
    _contacts(rng, people, calendar, now)
    _outcomes(loans.select(loans.back <= now), calendar, now)
    _nights(len(people), calendar, now)
    _messages(rng, people, calendar, now)
    _voices(rng, len(loans) // 50, calendar, now)


def _consents(rng: Generator, loans: synthetic_loans.Loans, people: Whole, calendar: Calendar, now: float) -> None:
    draw = rng.random((len(people), 2))
    for purpose, share in AGREE.items():
        who = people[draw[:, int(purpose in (Purpose.DIGEST, Purpose.CAMPAIGN))] < share]
        at = calendar.moments(np.full(len(who), now))
        put(Consent, len(who), person_id=who + 1, purpose=str(purpose), given=True, by="import", at=at)
        if purpose in MARKETING:
            mail, name = str(Channel.MAIL), str(purpose)
            put(FieldConsent, len(who), person_id=who + 1, field=mail, purpose=name, given=True, by="import", at=at)
    agree = people[draw[:, 0] < AGREE[Purpose.HISTORY]]
    mine = np.flatnonzero(np.isin(loans.patron, agree))[::-1]
    mine = mine[np.argsort(loans.patron[mine], kind="stable")]
    _each, begin, count = np.unique(loans.patron[mine], return_index=True, return_counts=True)
    last = mine[np.arange(len(mine)) - np.repeat(begin, count) < KEPT]
    out = calendar.moments(loans.out[last])
    put(HistoryTitle, len(last), person_id=loans.patron[last] + 1, title=loans.title[last] + 1, at=out)


def _contacts(rng: Generator, people: Whole, calendar: Calendar, now: float) -> None:
    who = people[rng.random(len(people)) < REACHED]
    dates = rng.uniform(0, now, len(who))
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
            for each, at in zip(who, dates, strict=True)
        ),
        batch_size=2000,
    )


def _outcomes(over: synthetic_loans.Loans, calendar: Calendar, now: float) -> None:
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


def _nights(people: int, calendar: Calendar, now: float) -> None:
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


def _messages(rng: Generator, people: Whole, calendar: Calendar, now: float) -> None:
    """Create messages of the last ninety days, each sent at the first attempt."""
    who = np.repeat(people, MESSAGES)
    at: Floats = np.sort(rng.uniform(now - 90, now - 4, len(who)))
    number = np.arange(len(who)) + 1
    put(
        Message,
        len(who),
        id=number,
        person_id=rng.permutation(who) + 1,
        kind=str(MessageKind.DUE_SOON),
        key=np.char.mod("%010d", number).astype("S10"),
        uid=np.frombuffer(rng.bytes(16 * len(who)), "V16"),
        facts="",
        made_at=calendar.moments(at),
        next_at=calendar.moments(at),
        state=str(Message.State.SAID),
        done_at=calendar.moments(at + 0.01),
    )
    put(
        Delivery,
        len(who),
        message_id=number,
        number=1,
        person_id=who + 1,
        channel=str(Channel.MAIL),
        key=np.char.mod("%032x", number).astype("S32"),
        state=str(Delivery.State.SENT),
        made_at=calendar.moments(at),
        done_at=calendar.moments(at + 0.01),
    )
    reset_sequences(Message)


def _voices(rng: Generator, faces: int, calendar: Calendar, now: float) -> None:
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

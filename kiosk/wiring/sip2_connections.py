"""Open an ILS over SIP2 as kiosk.toml configures it: connection, login, keys."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kiosk.config import Config, ConfigError
from kiosk.config.central import Sip2Central as Section
from kiosk.config.models import WEEK, Policy
from kiosk.hardware.barcodes.acceptance import desk_numbers
from kiosk.snapshot.csv_snapshot import AcceptedNumbers, CsvFiles, CsvPages
from kiosk.sync.hub_client import HubClient
from kiosk.sync.sip2.client import PreRenewalDueDates, Sip2Client
from kiosk.sync.sip2.connection import Peer, Sip2Connection, Speech, Timing
from kiosk.sync.sip2.device_keys import ProcessKeys
from kiosk.sync.sip2.exception_store import ExceptionStore
from kiosk.sync.sip2.requests import PROFILES, Profile, Requests, SystemLogin, login
from kiosk.sync.sip2.with_hub import Sip2ClientWithHub
from kiosk.system.lazy_text import sentence
from lending.model import CardRef
from lending.wire import WireCalendar, WirePolicy, WireRule

READABLE_BY_OTHERS = 0o077
LATE_ANSWER = 6.0
"""Seconds after the patron's patience during which a late response is still accepted, to learn of a refusal."""
ENDS = {"cr": b"\r", "crlf": b"\r\n", "lf": b"\n"}


def open_sip2(
    config: Config,
    section: Section,
    via: tuple[str, int] | None,
    now: Callable[[], datetime],
    hub: HubClient | None = None,
) -> Sip2Client:
    """Open the SIP2 client, with a companion hub if given. Raises ConfigError.

    `via` is where to connect instead; the name in the certificate stays.
    """
    account = account_of(section)
    keys = keys_of(config.paths.state)
    timing = Timing(answer=max(Timing().answer, section.patience + LATE_ANSWER))
    line = Sip2Connection(peer_of(section, via), speech_of(section), login(account), timing)
    requests = Requests(account, now, ZoneInfo(config.library.timezone))
    befores = PreRenewalDueDates(config.paths.state / "renewals.json")
    cases = ExceptionStore(config.paths.state, keys)
    parts = (line, profile_of(section), requests, keys, befores, keys.born, cases)
    return Sip2ClientWithHub(hub, *parts) if hub else Sip2Client(*parts)


def keys_of(state: Path) -> ProcessKeys:
    """Load or create the device's keys. Raises ConfigError."""
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        return ProcessKeys.load_or_create(state)
    except (OSError, ValueError) as error:
        raise ConfigError(
            sentence("the key of the transactions that wait for the library system: {why}", why=error)
        ) from None


def profile_of(section: Section) -> Profile:
    profile = PROFILES[section.profile]
    return profile if section.day_first is None else replace(profile, day_first=section.day_first)


def speech_of(section: Section) -> Speech:
    usual = PROFILES[section.profile].speech
    charset = section.charset or usual.charset
    end = ENDS[section.line_end] if section.line_end else usual.end
    return Speech(charset, end, section.error_detection, section.sums_over_characters)


def account_of(section: Section) -> SystemLogin:
    """Return the account. Raises ConfigError if the password file is unreadable, or readable by others."""
    password = _password(section.password_file) if section.password_file else ""
    return SystemLogin(section.institution, section.user, password, section.location, section.branch)


def _password(file: Path) -> str:
    try:
        if file.stat().st_mode & READABLE_BY_OTHERS:
            raise ConfigError(
                sentence("central.password_file: {file} can be read by others: chmod 600 {file}", file=file)
            )
        first, *_ = [*file.read_text(encoding="ascii").splitlines(), ""]
    except OSError as error:
        raise ConfigError(
            sentence(
                "central.password_file: {file} cannot be read: {why}", file=file, why=os.strerror(error.errno or 0)
            )
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(
            sentence("central.password_file: {file} contains characters beyond ASCII", file=file)
        ) from None
    if not first:
        raise ConfigError(sentence("central.password_file: {file} has no password in its first line", file=file))
    return first


def peer_of(section: Section, via: tuple[str, int] | None) -> Peer:
    """Return the server's address. Raises ConfigError if the certificates are unreadable."""
    host, port = via or (section.host, section.port)
    if not section.encrypted:
        return Peer(host, port)
    try:
        tls = ssl.create_default_context(cafile=section.authority)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            sentence("central.authority: {file} contains no certificates: {why}", file=section.authority, why=error)
        ) from None
    return Peer(host, port, tls, section.server_name or section.host)


def csv_pages(config: Config, rules: Policy, central: Sip2Client) -> CsvPages:
    """Return the snapshot pages built from [policy] and the library's CSV files."""
    common = {"limit": rules.limit, "renewals": rules.renewals, "earliest_renewal": rules.earliest_renewal}
    some = [WireRule(category=each, days=days, **common) for each, days in rules.days_by_category.items()]
    wire_policy = WirePolicy(
        rules=[WireRule(days=rules.days, **common), *some],
        timezone=config.library.timezone,
        calendars={
            config.library.branch: WireCalendar(
                weekdays=[WEEK.index(each) for each in rules.closed_weekdays], dates=list(rules.closed_dates)
            )
        },
        offline_cap=rules.offline_cap,
        currency=config.library.currency,
    )
    return CsvPages(wire_policy, CsvFiles(rules.cards, rules.items), central.reference)


def accepted_numbers(config: Config, rules: Policy, central: Sip2Client) -> AcceptedNumbers:
    """Return the accepted numbers; without a CSV file their format decides."""
    numbers = desk_numbers(config.numbers)

    def card(ref: CardRef) -> bool:
        return rules.cards is None and numbers.card.fits(central.keys.number(ref) or "")

    return AcceptedNumbers(card, lambda item: rules.items is None and numbers.item.fits(item))

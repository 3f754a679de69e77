"""Test [central] driver = "sip2" and [policy] of kiosk.toml: values and error messages."""

from __future__ import annotations

import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kiosk import cli
from kiosk.central import JournalRow
from kiosk.commands.config import run
from kiosk.config import Config, ConfigError, load, write_example
from kiosk.config.central import Sip2Central
from kiosk.sync.sip2.connection import Speech
from kiosk.sync.sip2.field_values import moment
from kiosk.system.health import ABSENT, PartName
from kiosk.wiring.assembly import desk_rules
from kiosk.wiring.sip2_connections import account_of, keys_of, profile_of, speech_of
from kiosk.wiring.sip2_connections import open_sip2 as opened
from kiosk.wiring.unprovisioned import missing
from kiosk.words import Words
from lending import policy as law
from lending.model import Block, Item, ItemId, ItemStatus, Patron, PatronRef, Reason
from lending.transactions import ClockTrust, TransactionId
from tests.kiosk.config import written_config
from tests.kiosk.config.written_config import error_of
from tests.kiosk.desk.central import NOON

POLICY = {"days": 28}


def central(**changes: Any) -> dict[str, Any]:
    return {"driver": "sip2", "host": "127.0.0.1", "profile": "koha", **changes}


def written(path: Path, policy: dict[str, Any] | None = POLICY, **changes: Any) -> Path:
    sections = {"central": central(**changes)} | ({"policy": policy} if policy is not None else {})
    return written_config.written(path, **sections)


def section(config: Config) -> Sip2Central:
    assert isinstance(config.central, Sip2Central)
    return config.central


def row_of(body: str) -> JournalRow:
    return JournalRow(1, TransactionId("one"), "boot", 1, NOON, ClockTrust.SYNCED, "checkin", False, body)


def faults(path: Path, policy: dict[str, Any] | None = POLICY, **changes: Any) -> str:
    return error_of(written(path, policy, **changes))


def test_sip2_configuration_is_loaded(tmp_path: Path) -> None:
    config = load(written(tmp_path, institution="main", charset="gb18030"))
    assert config.central.address == "127.0.0.1:6001"
    assert not section(config).encrypted
    assert speech_of(section(config)).charset == "gb18030"
    assert config.policy is not None
    assert config.policy.days == 28
    assert not desk_rules(config, None).record


def test_message_format_options_are_loaded(tmp_path: Path) -> None:
    usual = speech_of(section(load(written(tmp_path))))
    assert usual == Speech("utf-8", b"\r", True, False)
    odd: dict[str, Any] = {
        "line_end": "crlf",
        "error_detection": False,
        "sums_over_characters": True,
        "charset": "big5",
    }
    assert speech_of(section(load(written(tmp_path, **odd)))) == Speech("big5", b"\r\n", False, True)
    assert speech_of(section(load(written(tmp_path, line_end="lf")))).end == b"\n"


@pytest.mark.parametrize(
    ("name", "charset", "fifth_of_june", "facts"),
    [
        ("koha", "utf-8", None, {"ends_sessions"}),
        ("evergreen", "utf-8", None, {"lists_titles"}),
        ("folio", "cp850", None, set()),
        ("polaris", "cp850", 5, set()),
        ("generic", "cp850", None, {"sends_due"}),
    ],
)
def test_profile_sets_defaults_and_kiosk_toml_overrides_them(
    tmp_path: Path, name: str, charset: str, fifth_of_june: int | None, facts: set[str]
) -> None:
    """The date 5/6/2026 is read in the order of the profile, or rejected as ambiguous."""
    usual = section(load(written(tmp_path, profile=name)))
    profile = profile_of(usual)
    assert (speech_of(usual).charset, speech_of(usual).end) == (charset, b"\r")
    assert {each for each in ("lists_titles", "sends_due", "ends_sessions") if getattr(profile, each)} == facts
    day = moment("5/6/2026", ZoneInfo("Asia/Shanghai"), profile.day_first)
    assert (day.month if day else None) == fifth_of_june
    german = profile_of(section(load(written(tmp_path, profile=name, day_first=True))))
    day = moment("5/6/2026", ZoneInfo("Asia/Shanghai"), german.day_first)
    assert day is not None and (day.day, day.month) == (5, 6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"line_end": "cr lf"}, 'central.line_end = "cr lf": should be'),
        ({"profile": "kohaa"}, 'central.profile = "kohaa": should be'),
        ({"profile": "kohaa"}, "did you mean koha?"),
        ({"host": ""}, 'central.host = "": should have at least 1 character'),
        ({"port": 0}, "central.port = 0: should be greater than or equal to 1"),
        ({"hots": "a"}, "central.hots = (kept secret) is unknown; did you mean host?"),
        ({"password": "geheim"}, "central.password = (kept secret) is unknown; did you mean password_file?"),
        ({"user": "kiosk"}, "central: password_file is missing: write the password of 'kiosk' into a file"),
        ({"password_file": "x"}, "central: user is missing"),
        ({"user": "ki|osk", "password_file": "x"}, "central.user = (kept secret): should match pattern"),
        (
            {"host": "sip.example.org", "tls": False},
            "central: tls = false: card numbers, names and PINs can be intercepted",
        ),
    ],
)
def test_error_names_its_key_and_hides_secrets(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    said = faults(tmp_path, **changes)
    assert message in said
    assert "geheim" not in said


def test_policy_is_required_with_sip2_and_refused_with_a_hub(tmp_path: Path) -> None:
    assert 'central.driver = "sip2": needs [policy] with days' in faults(tmp_path, None)
    assert "closed_weekdays: no loan can end" in faults(
        tmp_path, {"days": 28, "closed_weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}
    )
    hub = {"driver": "hub", "url": "http://127.0.0.1:8000"}
    file = write_example(tmp_path / "two.toml", tmp_path, tmp_path, "", {"central": hub, "policy": POLICY})
    with pytest.raises(ConfigError, match="policy: the hub sends its own rules"):
        load(file)


def test_remote_connection_is_encrypted_unless_clear_text_is_set(tmp_path: Path) -> None:
    far = section(load(written(tmp_path, host="sip.example.org")))
    assert far.encrypted
    clear = section(load(written(tmp_path, host="sip.example.org", clear_text=True)))
    assert not clear.encrypted
    assert clear.in_clear
    assert section(load(written(tmp_path, host="127.0.0.1", tls=True))).encrypted


def test_tls_verifies_the_configured_host_name(tmp_path: Path) -> None:
    config = load(written(tmp_path, host="sip.example.org"))
    peer = opened(config, section(config), ("127.0.0.1", 1), lambda: NOON)._line._peer
    assert peer.host == "127.0.0.1"
    assert peer.name == "sip.example.org"
    assert peer.tls is not None
    assert peer.tls.check_hostname
    assert peer.tls.verify_mode is ssl.CERT_REQUIRED


def test_validate_warns_about_clear_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("validate", written(tmp_path, host="sip.example.org", clear_text=True)) == 0
    assert "clear_text = true: card numbers, names and PINs can be intercepted" in capsys.readouterr().out


def test_password_file_must_be_private_and_nonempty(tmp_path: Path) -> None:
    word = tmp_path / "word"
    word.write_text("geheim\n")
    word.chmod(0o600)
    config = load(written(tmp_path, user="kiosk", password_file="word"))
    assert account_of(section(config)).password == "geheim"
    word.chmod(0o640)
    with pytest.raises(ConfigError, match="can be read by others: chmod 600"):
        account_of(section(config))
    word.chmod(0o600)
    word.write_text("\n")
    with pytest.raises(ConfigError, match="has no password in its first line"):
        account_of(section(config))
    word.unlink()
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        account_of(section(config))


def test_row_is_recognised_only_by_the_process_that_sealed_it(tmp_path: Path) -> None:
    here, again = keys_of(tmp_path), keys_of(tmp_path)
    row = row_of(here.close("{}"))
    assert here.born(row)
    assert not again.born(row)
    assert again.open(row.body) == "{}"
    assert not here.born(row_of(here.close("{}")[:-4] + "AAA="))


def test_sip2_kiosk_is_provisioned_from_a_file_and_refuses_enrolment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "laptop").mkdir()
    source, file = written(tmp_path / "laptop"), tmp_path / "etc" / "kiosk.toml"
    file.parent.mkdir()
    assert cli.main(["provision", "--from", str(source), "--config", str(file)]) == 0
    assert missing(file) is None
    assert load(file).paths.journal.exists()
    assert cli.main(["enrol", "--code", "7KQ2-M9XC-4TDA-0BWE", "--config", str(file)]) == 1
    assert "127.0.0.1:6001" in capsys.readouterr().err


def test_central_decides_overrides_the_local_loan_rules(tmp_path: Path) -> None:
    rules = law.Policy((law.Rule(days=28, limit=1),), "Asia/Shanghai")
    full = Patron(PatronRef("ada"), "", loans={"book": 5})
    book = Item(ItemId("3001"), waiting=1)
    ils_rules = replace(rules, central_decides=True)
    assert law.borrowing_block(rules, full, "main", NOON) == Block(Reason.LIMIT, count=1)
    assert law.borrowing_block(ils_rules, full, "main", NOON) is None
    assert isinstance(law.checkout(rules, full, book, "main", NOON), Block)
    assert isinstance(law.checkout(ils_rules, full, book, "main", NOON), law.Terms)
    lent = replace(book, status=ItemStatus.ON_LOAN, holder=full.ref, renewals=9)
    assert isinstance(law.renew(rules, full, lent, "main", NOON), Block)
    assert isinstance(law.renew(ils_rules, full, lent, "main", NOON), law.Terms)
    barred = replace(full, barred=Block(Reason.FEES))
    assert law.borrowing_block(ils_rules, barred, "main", NOON) == Block(Reason.FEES)


def test_services_disabled_by_the_ils_are_blocked() -> None:
    period = (law.Rule(days=28),)
    rules = law.Policy(period, "Asia/Shanghai", central_decides=True, checkout_enabled=False, renewal_enabled=False)
    ada, book = Patron(PatronRef("ada"), ""), Item(ItemId("3001"))
    lent = replace(book, status=ItemStatus.ON_LOAN, holder=ada.ref)
    assert law.borrowing_block(rules, ada, "main", NOON) == Block(Reason.CENTRAL_FORBIDS)
    assert law.checkout(rules, ada, book, "main", NOON) == Block(Reason.CENTRAL_FORBIDS)
    assert law.renew(rules, ada, lent, "main", NOON) == Block(Reason.CENTRAL_FORBIDS)


@pytest.mark.parametrize(("language", "message"), [("en", "No hub: no patron messages"), ("zh", "未配置管理中心")])
def test_absent_hub_is_described_in_the_language_of_the_technician(language: str, message: str) -> None:
    words = Words(language)
    assert message in words.part_state(ABSENT, PartName.HUB)

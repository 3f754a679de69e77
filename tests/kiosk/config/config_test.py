"""Test that kiosk.toml is accepted or refused as a whole; each error names key, value and allowed values."""

from __future__ import annotations

import re
import tomllib
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import cli
from kiosk.config import EXAMPLE, Config, ConfigError, load
from kiosk.config.fields import Absent
from kiosk.config.hardware import SimulatedPrinter
from lending.number_formats import DIGITS, ISBN, NumberFormat, beside_digits, digits, shapes
from lending.number_patterns import luhn
from lending.technician_codes import hash_code
from lending.toml_text import render
from tests.kiosk.config.written_config import error_of, written


def test_example_file_is_loaded(tmp_path: Path) -> None:
    config = load(written(tmp_path))
    assert config.library.names.zh == "湖滨图书馆"
    assert config.paths.journal == tmp_path / "state" / "journal.db"
    assert config.central.address == "http://127.0.0.1:8000"
    assert config.receipt_printer == SimulatedPrinter(driver="simulated", width=384)
    assert config.returns.mode == "provisional"


def test_example_file_is_readable_only_by_its_owner(tmp_path: Path) -> None:
    assert written(tmp_path).stat().st_mode & 0o077 == 0


def test_relative_paths_are_resolved_from_the_file(tmp_path: Path) -> None:
    config = load(written(tmp_path, paths={"state": "state", "runtime": "/run/kiosk"}))
    assert config.paths.snapshot == tmp_path.resolve() / "state" / "snapshot.db"
    assert config.paths.socket == Path("/run/kiosk/kiosk.sock")


@pytest.mark.parametrize(
    ("section", "change", "message"),
    [
        ("library", {"brnch": "main"}, 'library.brnch = "main" is unknown; did you mean branch?'),
        ("library", {"timezone": "Asia/Nowhere"}, 'library.timezone = "Asia/Nowhere": should be an IANA time zone'),
        ("library", {"accent": "orange"}, 'library.accent = "orange": should be a colour such as #FA8040'),
        ("library", {"currency": "yuan"}, 'library.currency = "yuan": should be a currency\'s three letters'),
        ("library", {"language": "xx"}, "library.language = \"xx\": should be 'zh', 'zh_TW', 'en'"),
        ("library", {"languages": ["zh", 7]}, "library.languages[2] = 7: should be 'zh', 'zh_TW', 'en'"),
        ("library", {"names": {}}, "library.names.en is missing"),
        ("kiosk", {"name": 3}, "kiosk.name = 3: should be a valid string"),
        ("kiosk", {"name": ""}, 'kiosk.name = "": should have at least 1 character'),
        ("paths", {"runtime": "/run/" + "long/" * 30}, "too long for a socket"),
        ("central", {"driver": "sip"}, "central.driver = 'sip': should be one of hub, sip2"),
        ("central", {"url": "hub.example.org"}, 'central.url = "hub.example.org": should be an address'),
        ("central", {"patience": 0}, "central.patience = 0: should be greater than 0"),
        ("central", {"token": "x"}, "central.token = (kept secret) is unknown"),
        ("card_reader", {"driver": "simulatd"}, "card_reader.driver = 'simulatd': should be one of mfrc522, "),
        ("lights", {"driver": "simulated", "strip": 8}, "lights.strip = 8 is unknown"),
        ("receipt_printer", {"width": 400}, "receipt_printer.width = 400: should be 384 or 576"),
        ("receipt_printer", {"wdth": 384}, "receipt_printer.wdth = 384 is unknown; did you mean width?"),
        ("screen", {"awake": "7-21"}, 'screen.awake = "7-21": should be two times of a day, such as "07:30-21:00"'),
        ("screen", {"awake": "seven"}, 'screen.awake = "seven": should be two times of a day, such as "07:30-21:00"'),
        ("sound", {"driver": "alsa", "volume": 2}, "sound.volume = 2: should be less than or equal to 1"),
        ("screen", {"fullscreen": "yes"}, 'screen.fullscreen = "yes": should be a valid boolean'),
        ("returns", {"mode": "trust"}, "should be 'off', 'provisional', 'bin' or 'trusted'; did you mean trusted?"),
        ("pin", {"ask": "sometimes"}, "pin.ask = \"sometimes\": should be 'never', 'always' or 'account'"),
        ("acceptance", {"patrons": ["1", 2]}, "acceptance.patrons[2] = 2: should be a valid string"),
        ("numbers", {"item": {}}, "numbers.item: should have either digits"),
        ("numbers", {"item": {"digits": 6, "prefix": "1234567"}}, "numbers.item: prefix should not be longer"),
        ("numbers", {"item": {"pattern": "[0-9]{5}", "luhn": True}}, "numbers.item: luhn and prefix require digits"),
        ("numbers", {"item": {"pattern": ".*"}}, "numbers.item.pattern = \".*\": '.' is not allowed"),
        ("bookshelf", {"x": 1}, 'bookshelf = {"x": 1} is unknown'),
    ],
)
def test_error_names_its_key_and_the_allowed_values(
    tmp_path: Path, section: str, change: dict[str, Any], message: str
) -> None:
    text = error_of(written(tmp_path, **{section: change}))
    assert message in text
    assert f"{tmp_path / 'kiosk.toml'}: errors to correct: 1" in text


def test_all_errors_are_reported_together(tmp_path: Path) -> None:
    text = error_of(
        written(tmp_path, kiosk={"name": 3}, pin={"ask": 1}, lights={"driver": "neon"}, screen={"widht": 800})
    )
    assert "errors to correct: 4" in text
    assert all(key in text for key in ("kiosk.name", "pin.ask", "lights.driver", "did you mean width?"))


def test_unknown_language_codes_are_reported_with_a_suggestion(tmp_path: Path) -> None:
    text = error_of(written(tmp_path, library={"names": {"zh": "", "em": "Lakeside Library", "zh_CN": "湖滨图书馆"}}))
    assert "errors to correct: 3" in text
    assert 'library.names.zh = "": should have at least 1 character' in text
    assert 'library.names.em = "Lakeside Library" is unknown; did you mean' in text
    assert 'library.names.zh_CN = "湖滨图书馆" is unknown; did you mean zh_TW?' in text


def test_secret_values_are_never_printed_even_under_a_misspelt_key(tmp_path: Path) -> None:
    text = error_of(written(tmp_path, central={"ulr": "hush-hush", "card_key": "hush-too"}))
    assert "did you mean url?" in text
    assert "hush" not in text


def test_empty_file_reports_the_required_keys(tmp_path: Path) -> None:
    (tmp_path / "kiosk.toml").write_text("")
    with pytest.raises(ConfigError, match=re.escape("central.driver is missing: should be one of hub, sip2")):
        load(tmp_path / "kiosk.toml")


def test_missing_part_section_lists_its_drivers(tmp_path: Path) -> None:
    file = written(tmp_path)
    file.write_text(file.read_text("utf-8").replace('[card_reader]\ndriver = "simulated"\n', ""), "utf-8")
    assert "card_reader.driver is missing: should be one of mfrc522, keyboard, " in error_of(file)


def test_missing_file_names_the_command_that_creates_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "kiosk.toml"
    with pytest.raises(ConfigError, match="does not exist: set another with --config"):
        load(file)
    monkeypatch.setattr("kiosk.config.file.DEFAULT_CONFIG", file)
    with pytest.raises(ConfigError, match="does not exist: create it with `sudo kiosk provision`"):
        load(file)


def test_invalid_toml_is_reported_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "kiosk.toml").write_text("[library]\nbranch = = 1\n")
    with pytest.raises(ConfigError, match=r"kiosk.toml is not valid TOML: .*line 2"):
        load(tmp_path / "kiosk.toml")


def test_missing_or_undecodable_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        load(tmp_path / "nothing.toml")
    (tmp_path / "kiosk.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="Cannot read"):
        load(tmp_path / "kiosk.toml")


def test_enrolment_code_passes_validation_but_is_rejected_at_load(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + '[enrolment]\ncode = "7KQ2-M9XC-4TDA-0BWE"\n', encoding="utf-8")
    assert cli.main(["config", "validate", "--config", str(path)]) == 0
    with pytest.raises(ConfigError, match="enrolment") as raised:
        load(path)
    assert "7KQ2" not in str(raised.value) + capsys.readouterr().out


@pytest.mark.parametrize("code", ["ABC", "8KQ2-M9XC-4TDA-0BW", "8KQ2-M9XC-4TDA-0BWU"])
def test_invalid_enrolment_code_is_reported_without_its_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str
) -> None:
    path = written(tmp_path)
    text = path.read_text(encoding="utf-8").replace('branch = "main"', 'branch = ""')
    path.write_text(f'{text}[enrolment]\ncode = "{code}"\n', encoding="utf-8")
    assert cli.main(["config", "validate", "--config", str(path)]) == 1
    message = capsys.readouterr().err
    assert "enrolment.code = (kept secret): has" in message and "library.branch" in message, "every fault at once"
    assert code not in message


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("http://hub.example.org", True),
        ("http://127.0.0.1.example.org:8000", True),
        ("https://hub.example.org", False),
        ("http://127.0.0.1:8000", False),
        ("http://[::1]:8000", False),
    ],
)
def test_hub_url_without_tls_needs_loopback_or_clear_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str, refused: bool
) -> None:
    line = ["config", "validate", "--config", str(written(tmp_path, central={"url": url}))]
    assert cli.main(line) == int(refused)
    assert ("central: url = " in capsys.readouterr().err) == refused
    written(tmp_path, central={"url": url, "clear_text": True})
    assert cli.main(line) == 0
    assert ("the card key, card numbers and PINs can be intercepted" in capsys.readouterr().out) == refused


def test_driver_none_is_loaded_as_absent(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text().replace('[lights]\ndriver = "simulated"', '[lights]\ndriver = "none"'))
    assert load(path).lights == Absent(driver="none")


tables = st.dictionaries(
    st.sampled_from(["a", "b", "c_d", "王 梅", "o'neil.x", '"', ""]),
    st.recursive(
        st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["x", "王"]), inner, max_size=2),
        max_leaves=6,
    ),
)


@given(st.dictionaries(st.sampled_from(["one", "two", "二"]), tables))
def test_rendered_sections_round_trip_through_toml(sections: dict[str, dict[str, Any]]) -> None:
    assert tomllib.loads(render(sections)) == sections


def test_top_level_keys_and_times_are_rendered() -> None:
    rendered = render({"screen": {"awake": time(7, 30)}, "title": "front"})  # type: ignore[dict-item]
    assert tomllib.loads(rendered) == {"screen": {"awake": "07:30:00"}, "title": "front"}


def test_byte_order_mark_is_ignored(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load(path).kiosk.name == "Kiosk 1"


@pytest.mark.filterwarnings("error")
def test_valid_technicians_section_adds_no_error_to_another_fault(tmp_path: Path) -> None:
    code = {"lin": hash_code("246810")}
    assert "errors to correct: 1" in error_of(written(tmp_path, technicians=code, screen={"rotation": 45}))


def with_check_digit(text: str) -> str:
    (number,) = (text + last for last in "0123456789" if luhn(text + last))
    return number


def test_default_number_formats_distinguish_items_cards_and_isbns() -> None:
    numbers = Config.model_fields["numbers"].default
    item, card = numbers.item.kind, numbers.card.kind
    book, patron = with_check_digit("3001200048271"), with_check_digit("2001200048271")
    assert item.matches(book) and not card.matches(book)
    assert card.matches(patron) and not item.matches(patron)
    assert ISBN.matches("9787544291170") and not item.matches("9787544291170")
    assert not item.matches(book[:-1] + str((int(book[-1]) + 1) % 10)), "a misread digit is found"
    assert not item.matches(book + "\n")
    assert not item.matches("３" + book[1:]), "full-width digits are no digits"


def test_luhn_check_follows_the_standard() -> None:
    assert luhn("79927398713")
    assert not luhn("79927398710")
    assert not luhn("")


@pytest.mark.parametrize(
    ("kinds", "signs"),
    [
        ((digits(14, "3", has_luhn=True), digits(14, "2", has_luhn=True)), ""),
        ((NumberFormat("LB[0-9]{6}"), digits(14, "2", has_luhn=True)), "BL"),
        ((NumberFormat("[0-9]{4}-[0-9A-C]{3}"), NumberFormat("x[0-9]{5}")), "ABCx-"),
        ((NumberFormat("K ?[0-9]{5}|M[0-9]{5}"),), "KM"),
    ],
)
def test_beside_digits_lists_the_non_digit_characters_of_the_formats(
    kinds: tuple[NumberFormat, ...], signs: str
) -> None:
    assert beside_digits(*kinds) == signs


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        (digits(14, "3", has_luhn=True), digits(14, "2", has_luhn=True), False),
        (digits(14, "3", has_luhn=True), digits(14, "30", has_luhn=True), True),
        (digits(14, "", has_luhn=True), digits(13, "", has_luhn=False), False),
        (NumberFormat("97[89][0-9]{10}"), digits(13, "9", has_luhn=False), True),
        (NumberFormat("A?[0-9]{5}"), digits(5, "1", has_luhn=False), True),
        (NumberFormat("A[0-9]{5}"), digits(6, "", has_luhn=False), False),
        (NumberFormat("[A-C]{2,4}|x1"), NumberFormat("[C-E]{4,6}"), True),
        (NumberFormat("[A-C]{2,4}|x1"), NumberFormat("[C-E]{5,6}|x2"), False),
        (NumberFormat(r"\d\.\d"), NumberFormat(r"1\.5"), True),
    ],
)
def test_overlapping_formats_are_detected(one: NumberFormat, other: NumberFormat, overlap: bool) -> None:
    assert one.overlaps(other) is overlap
    assert other.overlaps(one) is overlap


def test_overlapping_number_formats_are_rejected(tmp_path: Path) -> None:
    text = error_of(written(tmp_path, numbers={"item": {"digits": 14, "prefix": "2"}}))
    assert "numbers: item and card overlap" in text
    text = error_of(written(tmp_path, numbers={"card": {"digits": 13, "prefix": "9"}}))
    assert "numbers: card and an ISBN overlap" in text


@pytest.mark.parametrize(
    "pattern", ["", "a*", "(ab)", "a|", "[^0-9]", "[9-0]", "a{5,2}", "a{99}", "x?", "^a$", r"\w", "a{70}"]
)
def test_unsupported_pattern_is_rejected(pattern: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        shapes(pattern)


pieces = st.sampled_from(["a", "B", "7", "-", r"\d", r"\.", "[0-4]", "[a-f7]", "[AB-]"])
times = st.sampled_from(["", "", "?", "{2}", "{1,3}"])
patterns = st.lists(st.tuples(pieces, times).map("".join), min_size=1, max_size=4).map("".join)


@given(patterns, patterns, st.data())
def test_disjoint_formats_share_no_number(one: str, other: str, data: st.DataObject) -> None:
    try:
        first, second = NumberFormat(one), NumberFormat(other)
        disjoint = not first.overlaps(second)
    except ValueError:
        return
    number = data.draw(st.from_regex(one, fullmatch=True))
    assert first.matches(number)
    assert not (disjoint and second.matches(number))


@given(st.text(DIGITS, min_size=1, max_size=31).map(lambda text: "".join(sorted(text))))
def test_luhn_check_detects_every_single_digit_error(text: str) -> None:
    number = with_check_digit(text)
    assert luhn(number)
    for at in range(len(number)):
        assert not luhn(number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :])


def test_example_warns_first_that_its_parts_are_simulated() -> None:
    first = EXAMPLE.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("#") and "SIMULATED" in first and "kiosk provision" in first


def test_example_is_valid_and_names_every_key() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    load(EXAMPLE)
    for name, section in Config.model_fields.items():
        assert f"[{name}]" in text
        fields = getattr(section.annotation, "model_fields", {})
        assert [key for key in fields if f"{key} = " not in text and f"{key}_file = " not in text] == []


def test_example_shows_the_actual_defaults(tmp_path: Path) -> None:
    plain = load(EXAMPLE)
    lines = EXAMPLE.read_text(encoding="utf-8").split("[acceptance]")[0].splitlines()
    shown = tmp_path / "kiosk.toml"
    shown.write_text("\n".join(line.removeprefix("# ") if " = " in line else line for line in lines), encoding="utf-8")
    assert load(shown) == plain

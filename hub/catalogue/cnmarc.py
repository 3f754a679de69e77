"""Convert CNMARC records, in UTF-8 or GB 18030, to the same fields of MARC 21.

Source: WH/T 0503-1996 中国机读目录格式, fields 001, 010, 100, 101, 200, 205, 510, 517, 606, 607, 676, 690, 700-712,
856, 905.
"""

from collections.abc import Iterator

from pymarc import Field, Indicators, Record, Subfield

NAMES = {"700": "100", "701": "100", "702": "700", "710": "110", "711": "110", "712": "710"}
SAME = {"510": "246", "517": "246", "606": "650", "607": "651", "676": "082", "686": "084", "680": "050", "205": "250"}
RESPONSIBILITY = "fg"


def is_cnmarc(record: Record) -> bool:
    """Return whether the title is in field 200 and there is no field 245."""
    tags = {each.tag for each in record.fields}
    return "200" in tags and "245" not in tags


def decode_record(raw: bytes) -> Record:
    """Decode a record. The leader does not declare the encoding, so UTF-8 is assumed where it is valid.

    Raises:
        ValueError: The record cannot be decoded.
    """
    try:
        return Record(raw, to_unicode=True, file_encoding="utf-8")
    except UnicodeDecodeError:
        return Record(raw, to_unicode=True, file_encoding="gb18030")


def as_marc21(record: Record) -> Record:
    """Return the fields that describe a title, with the tags and codes of MARC 21."""
    made = Record(force_utf8=True)
    if "001" in record:
        made.add_field(Field(tag="001", data=record["001"].data or ""))
    made.add_field(Field(tag="008", data=_build_008(record)))
    for field in record.get_fields("010"):
        made.add_field(_field("020", [Subfield("a", field.get("a") or "")]))
    made.add_field(_field("245", list(_title(record["200"]))))
    for field in record.get_fields("690"):
        made.add_field(_field("084", [Subfield("a", field.get("a") or ""), Subfield("2", "clc")]))
    for tag, new in NAMES.items():
        for field in record.get_fields(tag):
            name = ", ".join(filter(None, (field.get("a"), field.get("b"))))
            made.add_field(_field(new, [Subfield("a", name)]))
    for tag, new in SAME.items():
        for field in record.get_fields(tag):
            made.add_field(_field(new, [each for each in field.subfields if each.code.isalpha()]))
    for field in record.get_fields("856"):
        made.add_field(_field("856", list(_link(field)), field.indicators))
    for field in record.get_fields("905"):
        parts = [Subfield(new, field.get(old) or "") for old, new in (("d", "h"), ("e", "i")) if field.get(old)]
        made.add_field(_field("852", parts))
    return made


def _field(tag: str, subfields: list[Subfield], indicators: Indicators | None = None) -> Field:
    return Field(tag=tag, indicators=indicators or Indicators(" ", " "), subfields=subfields)


def _build_008(record: Record) -> str:
    """Build field 008: the year from 100 $a and the language from 101 $a, at their positions."""
    general = (record["100"].get("a") or "") if "100" in record else ""
    language = (record["101"].get("a") or "") if "101" in record else ""
    return f"{'':7}{general[9:13]:4}{'':24}{language[:3]:3}{'':2}"


def _title(field: Field) -> Iterator[Subfield]:
    said = [each.value for each in field.subfields if each.code in RESPONSIBILITY]
    for each in field.subfields:
        match each.code:
            case "a":
                yield Subfield("a", each.value)
            case "h" | "i":
                yield Subfield("n" if each.code == "h" else "p", each.value)
            case "e":
                yield Subfield("b", each.value)
    if said:
        yield Subfield("c", " ; ".join(said))


def _link(field: Field) -> Iterator[Subfield]:
    """Convert a link: CNMARC has the link text in $2, MARC 21 in $y."""
    for each in field.subfields:
        if each.code in "u3z2":
            yield Subfield("y" if each.code == "2" else each.code, each.value)

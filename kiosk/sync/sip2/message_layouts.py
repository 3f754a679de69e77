"""Define the SIP2 messages: fixed fields with their lengths, and field ids in the order of sending.

Source: 3M Standard Interchange Protocol Version 2.00, "Messages"; further ids are those that Koha and Evergreen send.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType


@dataclass(frozen=True)
class Layout:
    """One message. A required field without a value is sent empty; an optional one is left out."""

    code: str
    name: str
    fixed_fields: str = ""
    """`name` for one character, `name:4` for four; separated by blanks."""
    required_ids: str = ""
    optional_ids: str = ""

    @cached_property
    def fixed(self) -> tuple[tuple[str, int], ...]:
        """Names and lengths."""
        sizes = (each.partition(":") for each in self.fixed_fields.split())
        return tuple((each, int(size or 1)) for each, _colon, size in sizes)

    @cached_property
    def length(self) -> int:
        """Length of all fixed fields together, without the code."""
        return sum(size for _name, size in self.fixed)

    @cached_property
    def required(self) -> tuple[str, ...]:
        return tuple(self.required_ids.split())

    @cached_property
    def ids(self) -> tuple[str, ...]:
        return (*self.required, *self.optional_ids.split())


REQUESTS = (
    Layout("93", "login", "uid_algorithm pwd_algorithm", "CN CO", "CP"),
    Layout("99", "sc status", "status max_print_width:3 protocol_version:4"),
    Layout("23", "patron status request", "language:3 date:18", "AO AA AC AD"),
    Layout("63", "patron information", "language:3 date:18 summary:10", "AO AA", "AC AD BP BQ"),
    Layout("17", "item information", "date:18", "AO AB", "AC"),
    Layout("11", "checkout", "renewal_policy no_block date:18 nb_due_date:18", "AO AA AB AC", "CH AD BO BI"),
    Layout("09", "checkin", "no_block date:18 return_date:18", "AP AO AB AC", "CH BI"),
    Layout("29", "renew", "third_party no_block date:18 nb_due_date:18", "AO AA", "AD AB AJ AC CH BO"),
    Layout("65", "renew all", "date:18", "AO AA", "AD AC BO"),
    Layout("35", "end patron session", "date:18", "AO AA", "AC AD"),
    Layout("15", "hold", "mode date:18", "AO AA", "BW BS BY AD AB AJ AC BO"),
    Layout("37", "fee paid", "date:18 fee_type:2 payment_type:2 currency:3", "BV AO AA", "AC AD CG BK"),
    Layout("97", "request resend"),
)
ANSWERS = (
    Layout("94", "login response", "ok"),
    Layout(
        "98",
        "acs status",
        "online checkin checkout renewal status_update offline timeout:3 retries:3 date:18 version:4",
        "AO BX",
        "AM AN AF AG",
    ),
    Layout("24", "patron status response", "flags:14 language:3 date:18", "AO AA AE", "BL CQ BH BV AF AG"),
    Layout(
        "64",
        "patron information response",
        "flags:14 language:3 date:18 holds:4 overdue:4 charged:4 fines:4 recalls:4 unavailable_holds:4",
        "AO AA AE",
        "BZ CA CB BL CQ BH BV CC AS AT AU AV BU CD BD BE BF PB PC PI PA AF AG",
    ),
    Layout(
        "18",
        "item information response",
        "circulation_status:2 security_marker:2 fee_type:2 date:18",
        "AB AJ",
        "CF AH CJ CM BG BH BV CK AQ AP CH CR CS CT CV CY DA AF AG",
    ),
    Layout(
        "12",
        "checkout response",
        "ok renewal_ok magnetic desensitize date:18",
        "AO AA AB AJ AH",
        "BT CI BH BV CK CH BK AF AG",
    ),
    Layout(
        "10",
        "checkin response",
        "ok resensitize magnetic alert date:18",
        "AO AB AQ",
        "AJ CL AA CK CH CR CS CT CV CY DA BH BV AF AG",
    ),
    Layout(
        "30",
        "renew response",
        "ok renewal_ok magnetic desensitize date:18",
        "AO AA AB AJ AH",
        "BT CI BH BV CK CH BK AF AG",
    ),
    Layout("66", "renew all response", "ok renewed:4 unrenewed:4 date:18", "AO", "BM BN AF AG"),
    Layout("36", "end session response", "end_session date:18", "AO AA", "AF AG"),
    Layout("16", "hold response", "ok available date:18", "AO AA", "BW BR BS AB AJ AF AG"),
    Layout("38", "fee paid response", "payment_accepted date:18", "AO AA", "BK AF AG"),
    Layout("96", "request SC resend"),
)
LAYOUTS: Mapping[str, Layout] = MappingProxyType({each.code: each for each in (*REQUESTS, *ANSWERS)})
ANSWER_TO: Mapping[str, str] = MappingProxyType(
    {
        "93": "94", "99": "98", "23": "24", "63": "64", "17": "18", "11": "12", "09": "10",
        "29": "30", "65": "66", "35": "36", "15": "16", "37": "38",
    }
)  # fmt: skip

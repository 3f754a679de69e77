"""Run pysip2's server in its environment, with three books; only the loans are implemented here."""

from __future__ import annotations

import importlib
from typing import Any

anyio: Any = importlib.import_module("anyio")
pysip2: Any = importlib.import_module("pysip2")
TITLES = {"3001": "Faust", "3002": "Über alles", "3003": "L'Étranger"}
PINS = {"1001": "1234"}
DUE = "20261225    235900"
loans: dict[str, str] = {}


async def login(request: Any, _: Any) -> Any:
    return pysip2.LoginResponse(ok="1" if request.login_password == "word" else "0")


async def patron(request: Any, context: Any) -> Any:
    number, own = request.patron_identifier, [item for item, card in loans.items() if card == request.patron_identifier]
    blanks = dict.fromkeys(
        (
            "hold_items_count",
            "overdue_items_count",
            "fine_items_count",
            "recall_items_count",
            "unavailable_holds_count",
        ),
        "    ",
    )
    known = number in PINS
    pin = {"valid_patron_password": "Y" if request.patron_password == PINS.get(number) else "N"}
    return pysip2.PatronInformationResponse(
        patron_status=" " * 14, language="000", transaction_date=context.now_18(), institution_id="main",
        patron_identifier=number, personal_name="Ada Sample" if known else "", valid_patron="Y" if known else "N",
        charged_items_count=f"{len(own):04}", charged_items=tuple(own), screen_message=("Guten Tag", "Grüß Gott"),
        **blanks, **(pin if request.patron_password else {}),
    )  # fmt: skip


async def item(request: Any, context: Any) -> Any:
    barcode = request.item_identifier
    status = "01" if barcode not in TITLES else "04" if barcode in loans else "03"
    return pysip2.ItemInformationResponse(
        circulation_status=status, security_marker="01", fee_type="01", transaction_date=context.now_18(),
        item_identifier=barcode, title_identifier=TITLES.get(barcode, ""),
        due_date=DUE if barcode in loans else None, permanent_location="main",
    )  # fmt: skip


async def checkout(request: Any, context: Any) -> Any:
    barcode = request.item_identifier
    if barcode not in TITLES or barcode in loans:
        return context.decline("Not lent")
    loans[barcode] = request.patron_identifier
    return lent(pysip2.CheckoutResponse, request, context, "N")


async def renew(request: Any, context: Any) -> Any:
    if loans.get(request.item_identifier) != request.patron_identifier:
        return context.decline("Not yours")
    return lent(pysip2.RenewResponse, request, context, "Y")


def lent(kind: Any, request: Any, context: Any, renewed: str) -> Any:
    return kind(
        ok="1", renewal_ok=renewed, magnetic_media="N", desensitize="Y", transaction_date=context.now_18(),
        institution_id="main", patron_identifier=request.patron_identifier, item_identifier=request.item_identifier,
        title_identifier=TITLES[request.item_identifier], due_date=DUE,
    )  # fmt: skip


async def checkin(request: Any, context: Any) -> Any:
    if loans.pop(request.item_identifier, None) is None:
        return context.decline("Not on loan")
    return pysip2.CheckinResponse(
        ok="1", resensitize="Y", magnetic_media="N", alert="N", transaction_date=context.now_18(),
        institution_id="main", item_identifier=request.item_identifier, permanent_location="main", sort_bin="bin 2",
    )  # fmt: skip


async def main() -> None:
    app = pysip2.SIP2Server(institution_id="main")
    handlers = {
        "LOGIN": login, "PATRON_INFORMATION": patron, "ITEM_INFORMATION": item, "CHECKOUT": checkout,
        "RENEW": renew, "CHECKIN": checkin,
    }  # fmt: skip
    for name, handler in handlers.items():
        app.route(getattr(pysip2, name))(handler)
    async with app.start() as port:
        print(port, flush=True)
        await anyio.sleep_forever()


anyio.run(main)

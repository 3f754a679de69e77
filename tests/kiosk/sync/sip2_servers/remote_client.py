"""Run a visit with the client `Sip2` at the server whose port is the argument; print it as JSON.

Runs in that client's own environment.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import sys
import time
from typing import Any

Sip2Wrapper: Any = importlib.import_module("Sip2.wrapper").Sip2Wrapper

port, charset, patron = int(sys.argv[1]), sys.argv[2], sys.argv[3]
settings = {
    "hostName": "127.0.0.1", "hostPort": port, "tlsEnable": False, "hostEncoding": charset, "institutionId": "main",
    "scLocation": "main", "loglevel": "CRITICAL",
}  # fmt: skip
due = int(time.time()) + 28 * 86400
results: dict[str, Any] = {}
with contextlib.redirect_stdout(io.StringIO()):
    client = Sip2Wrapper(settings, True)
    results["online"] = client.login_device("kiosk", "word")
    results["patron"] = client.login_patron(patron, "1234")
    results["item"] = client.sip_item_information("3001")
    sip2 = client.return_sip2()  # its wrapper reads "charge denied" as a permission and never lends
    results["checkout"] = sip2.sip_checkout_response(sip2.get_response(sip2.sip_checkout_request("3001", due)))
    results["loans"] = client.get_patron_chargedItems()
    results["renew"] = sip2.sip_renew_response(sip2.get_response(sip2.sip_renew_request("3001", nbDuDate=due)))
    results["checkin"] = client.sip_item_checkin("3001")
    results["again"] = client.sip_item_information("3001")
    results["end"] = client.sip_patron_session_end()
    client.disconnect()
print(json.dumps({key: value if isinstance(value, bool | list) else str(value) for key, value in results.items()}))

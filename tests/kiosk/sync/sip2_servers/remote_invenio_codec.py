"""Decode frames (hex, line by line) with invenio-sip2's codec in its environment; print the result."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

app: Any = importlib.import_module("remote_invenio").app  # next to this file
message: Any = importlib.import_module("invenio_sip2.api").Message
sound: Any = importlib.import_module("invenio_sip2.utils").verify_checksum

with app().app_context():
    for line in sys.stdin:
        text = bytes.fromhex(line).decode()
        decoded = message(request=text)
        print(
            json.dumps(
                {
                    "fixed": {each.field.name: each.field_value for each in decoded.fixed_fields},
                    "fields": [[each.field.field_id, each.field_value] for each in decoded.variable_fields],
                    "sequence": decoded.sequence_number,
                    "sound": sound(text),
                }
            )
        )

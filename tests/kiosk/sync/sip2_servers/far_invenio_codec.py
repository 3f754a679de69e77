"""Runs in invenio-sip2's environment: reads frames as hex, line by line, and tells what its codec makes of each."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

app: Any = importlib.import_module("far_invenio").app  # beside this file
message: Any = importlib.import_module("invenio_sip2.api").Message
sound: Any = importlib.import_module("invenio_sip2.utils").verify_checksum

with app().app_context():
    for line in sys.stdin:
        text = bytes.fromhex(line).decode()
        told = message(request=text)
        print(
            json.dumps(
                {
                    "fixed": {each.field.name: each.field_value for each in told.fixed_fields},
                    "fields": [[each.field.field_id, each.field_value] for each in told.variable_fields],
                    "sequence": told.sequence_number,
                    "sound": sound(text),
                }
            )
        )

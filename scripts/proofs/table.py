"""Print the records of proofs as one table, or as JSON."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

HEAD = ("proof", "n", "from seed", "lost", "doubled", "corrupt", "bound (95 %)", "verdict", "seconds")
Record = dict[str, Any]


def line(record: Record) -> tuple[str, ...]:
    bound = "-" if record["bound"] is None else f"< {record['bound']:.1e}"
    counts = (f"{record[key]:,}" for key in ("lost", "doubled", "corrupt"))
    return (
        record["name"],
        f"{record['n']:,}",
        str(record["seed"]),
        *counts,
        bound,
        verdict(record),
        f"{record['seconds']:.0f}",
    )


def verdict(record: Record) -> str:
    if record["control"]:
        return "failed as expected" if record["failed_as_it_must"] else "DID NOT FAIL: proves nothing"
    return "DID NOT HOLD" if record["lost"] or record["doubled"] or record["corrupt"] else "held"


def table(records: list[Record]) -> str:
    lines = [HEAD, *map(line, records)]
    widths = [max(len(each[column]) for each in lines) for column in range(len(HEAD))]
    words = (0, len(HEAD) - 2)
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in words else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(each, widths, strict=True))
        )
        for each in lines
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true")
    options.add_argument("files", type=Path, nargs="*")
    chosen = options.parse_args()
    records = [record for path in chosen.files if path.exists() for record in json.loads(path.read_text("utf-8"))]
    print(json.dumps(records, indent=1) if chosen.json else table(records))


if __name__ == "__main__":
    sys.exit(main())

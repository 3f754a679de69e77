"""Run an emulated receipt printer in a process of its own, controlled over a Unix socket.

    python -m tests.emulated.escpos_process FOLDER --width 384

It prints one line of JSON: its `socket`, and the TCP `port` or the `tty`. Each line sent to the socket is answered:
{"put": "near_end"}, {"paper_ends_in_picture": 200}, {"slow": 900}, {"pull": true}, {"plug": true},
{"drops_after": 4000}, and {"slips": true} by the receipts as PNG in base64.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import socketserver
from pathlib import Path
from typing import Any

from PIL.Image import Image

from tests.emulated.escpos_cables import Cable, PtyCable, TcpCable
from tests.emulated.escpos_printer import Printer

Facts = dict[str, Any]


class Worked:
    """A printer and its cable, operated by JSON commands."""

    def __init__(self, printer: Printer, cable: Cable) -> None:
        self._printer = printer
        self._cable = cable

    def obey(self, words: Facts) -> Facts:
        try:
            for word, value in words.items():
                if word == "slips":
                    return {"slips": [_png(slip) for slip in self._printer.slips()]}
                self._do(word, value)
        except (ValueError, OSError) as error:
            return {"why": str(error)}
        return {}

    def _do(self, word: str, value: Any) -> None:
        match word:
            case "put":
                self._printer.put(value)
            case "paper_ends_in_picture":
                self._printer.paper_ends_in_picture(value)
            case "slow":
                self._printer.slow(value)
            case "pull":
                self._cable.pull()
            case "plug":
                self._cable.plug()
            case "drops_after":
                self._cable.drops_after = value
            case _:
                raise ValueError(f"unknown command {word!r}")


def _png(slip: Image) -> str:
    data = io.BytesIO()
    slip.save(data, "PNG")
    return base64.b64encode(data.getvalue()).decode()


def serve(printer: Printer, cable: Cable, socket: Path, where: Facts) -> None:
    """Print the addresses once commands are accepted, and run until killed."""
    worked = Worked(printer, cable)

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for line in self.rfile:
                self.wfile.write(json.dumps(worked.obey(json.loads(line))).encode() + b"\n")

    with socketserver.ThreadingUnixStreamServer(str(socket), Talk) as server:
        print(json.dumps({"socket": str(socket), **where}), flush=True)
        server.serve_forever()


def main() -> None:
    wanted = argparse.ArgumentParser(description="An emulated receipt printer")
    wanted.add_argument("folder", type=Path)
    wanted.add_argument("--width", type=int, choices=(384, 576), default=384)
    wanted.add_argument("--serial", action="store_true", help="at a pseudo terminal instead of a TCP port")
    options = wanted.parse_args()
    printer, socket = Printer(options.width), options.folder / "printer.sock"
    cable = PtyCable(printer, options.folder / "tty") if options.serial else TcpCable(printer)
    where = {"tty": str(cable.link)} if isinstance(cable, PtyCable) else {"port": cable.port}
    with cable:
        serve(printer, cable, socket, where)


if __name__ == "__main__":
    main()

"""Parse and run the `kiosk` command; subcommands import their modules on use, for a fast start."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from kiosk.benchmarks.cli import add_bench
from kiosk.system.default_paths import DEFAULT_CONFIG, DEFAULT_DESK, PAD_PORT
from kiosk.system.logging_setup import begin_log
from lending.command_line import ShowVersion, until_closed
from lending.languages import languages


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: Command-line arguments. None means those of the process, for which logging is set up too.

    Returns:
        Exit code: 0 done, 1 failed (a message says why), 2 wrong usage.
    """
    options = _parser().parse_args(arguments)
    if arguments is None:
        begin_log((options.log or options.level).upper())
    try:
        code = until_closed(lambda: int(options.run(options)))
    except _expected_errors() as error:
        from kiosk.words.terminal import in_words

        print(in_words(error), file=sys.stderr)
        return 1
    return code


def _expected_errors() -> tuple[type[Exception], ...]:
    """Return the errors with a cause outside the program; called only after an error, because of its imports."""
    from kiosk.config import ConfigError
    from kiosk.journal.journal import JournalFailed
    from kiosk.sync.enrolment import EnrolmentFailed
    from kiosk.sync.identity import NotEnrolled
    from kiosk.system.control_socket import CommandRefused, KioskRunning, KioskSilent
    from kiosk.visit_player.processes import ProgramFailed

    outside = (ConfigError, NotEnrolled, EnrolmentFailed, JournalFailed, ProgramFailed)
    return *outside, KioskRunning, KioskSilent, CommandRefused


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kiosk", description="The library self-service kiosk.")
    levels = ["debug", "info", "warning", "error"]
    parser.add_argument("--log", choices=levels, help="how much to log (default: info; check, provision: warning)")
    parser.add_argument("--version", action=ShowVersion)
    parser.set_defaults(level="info")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands)
    _add_demo(commands)
    _add_visit(commands)
    _add_enrol(commands)
    _add_journal(commands)
    _add_exceptions(commands)
    _add_config(commands)
    _add_off(commands)
    _add_provision(commands)
    _add_check(commands)
    _add_technician(commands)
    _add_tag(commands)
    _add_pad(commands)
    add_bench(commands)
    _add_chart(commands)
    _add_simulator(commands)
    _add_voice(commands)
    return parser


def _with_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG, help=f"default: {DEFAULT_CONFIG}")


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("run", help="run the kiosk")
    _with_config(parser)
    stage = parser.add_argument_group("for the visit player")
    stage.add_argument(
        "--stage", action="store_true", help="let the control socket touch the screen, read it and move the clock"
    )
    stage.add_argument("--clock", type=_moment, metavar="TIME", help="start the kiosk's clock at this time")
    stage.add_argument("--via", type=_address, metavar="HOST:PORT", help="reach the central through this address")
    stage.add_argument("--language", choices=tuple(languages()), help="first screen language (default: the library's)")
    stage.add_argument("--cuttable", action="store_true", help="simulate power cuts of the journal's disk")
    stage.add_argument(
        "--trust", default="synced", choices=["synced", "restored", "unknown"], help="trust state of the clock"
    )
    parser.set_defaults(run=_run)


def _add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("demo", help="run a simulated kiosk with its own demo hub")
    parser.add_argument("--headless", action="store_true", help="play the built-in visits and save pictures")
    parser.add_argument(
        "--out", type=Path, default=Path("out/demo"), help="directory for the pictures (default: out/demo)"
    )
    parser.set_defaults(run=_demo)


def _add_visit(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("visit", help="play scripted visits in the real kiosk and check their results")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--actions", action="store_true", help="list the names of the actions, by view")
    parser.add_argument(
        "--config", type=Path, help="use this configuration, with the patrons and items of [acceptance]"
    )
    parser.add_argument("--out", type=Path, help="directory for pictures and visit.json (default: out/visit)")
    parser.add_argument("--bench", metavar="MODULE:NAME", help="operates the hardware (default: the simulated parts)")
    parser.add_argument(
        "--central",
        type=_lending_dialect,
        metavar="sip2[:DIALECT]",
        help="keep the demo library in a simulated SIP2 system instead of the hub: koha, evergreen, folio, strict",
    )
    parser.add_argument("--hub", action="store_true", help="with --central: add a hub for everything except loans")
    parser.set_defaults(run=_visit)


def _add_enrol(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("enrol", help="enrol this device as a kiosk of the hub")
    parser.add_argument(
        "--code", help="one-time code from the hub's Kiosks page or `kiosk-hub add-kiosk` (default: prompt for it)"
    )
    _with_config(parser)
    parser.set_defaults(run=_enrol)


def _add_journal(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("journal", help="create, show, resend or export the journal")
    parser.add_argument("what", choices=["create", "show", "resend", "export"])
    parser.add_argument("--out", type=Path, metavar="FILE", help="export: file for the rows that the hub does not have")
    parser.add_argument(
        "--file", type=Path, metavar="JOURNAL", help="export: path of the journal, without a kiosk.toml"
    )
    parser.add_argument(
        "--from", dest="since", type=int, metavar="SEQ", help="resend: number of the first row that the hub has lost"
    )
    _with_config(parser)
    parser.set_defaults(run=_journal)


def _add_exceptions(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    words = "list, export and resolve exceptions of a SIP2 kiosk without a hub"
    parser = commands.add_parser("exceptions", help=words)
    parser.add_argument("what", choices=["show", "export", "settle", "confirm"])
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="show: code on a receipt; settle: exceptions that staff have resolved; confirm: items returned here",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="export: CSV file for staff, with card numbers")
    _with_config(parser)
    parser.set_defaults(run=_exceptions)


def _add_config(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "config", help="validate a configuration, show its effective values, or print an example"
    )
    parser.add_argument("what", choices=["show", "example", "validate"])
    _with_config(parser)
    parser.set_defaults(run=_config)


def _add_off(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("off", help="switch off lamps, buzzer and relay that a killed kiosk left on")
    _with_config(parser)
    parser.set_defaults(run=_off)


def _add_provision(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "provision", help="set up this machine as a kiosk: ask, write kiosk.toml, enrol, test the parts"
    )
    parser.add_argument(
        "--from",
        dest="source",
        type=Path,
        metavar="FILE",
        help="use a kiosk.toml written on another machine instead of asking",
    )
    _with_config(parser)
    parser.set_defaults(run=_provision, level="warning")


def _add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("check", help="check every part and print findings and remedies")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    _with_config(parser)
    parser.set_defaults(run=_check, level="warning")


def _add_technician(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("technician", help="create a personal sign-in code for a technician")
    parser.add_argument("name", help="name of the technician in the log and on the screen")
    _with_config(parser)
    parser.set_defaults(run=_technician)


def _add_tag(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("tag", help="read, write, secure, unsecure or erase item tags on the item pad")
    parser.add_argument("what", choices=["read", "write", "secure", "unsecure", "erase"])
    parser.add_argument(
        "item", nargs="?", default="", help="write: number to write; secure, unsecure: item that is meant"
    )
    parser.add_argument("--part", type=_part_of_set, default=(1, 1), metavar="N/ALL", help="write: part of a set, 2/3")
    parser.add_argument(
        "--usage",
        type=int,
        default=1,
        choices=(0, 1, 2, 3, 4, 6, 7, 8, 9),
        help="write: type of usage (default: 1, circulating)",
    )
    parser.add_argument("--owner", default="", metavar="ISIL", help="write: owner institution, such as DE-705")
    parser.add_argument("--replace", action="store_true", help="write: overwrite a tag that names another item")
    parser.add_argument("--dump", type=Path, metavar="FILE", help="read: store all of each tag except its UID as JSON")
    parser.add_argument("--json", action="store_true", help="read: print JSON")
    _with_config(parser)
    parser.set_defaults(run=_tag, level="warning")


def _add_pad(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("pad", help="give the hub's staff pages on this machine its item pad")
    parser.add_argument("--config", type=Path, default=DEFAULT_DESK, help=f"default: {DEFAULT_DESK}")
    parser.add_argument("--port", type=int, default=PAD_PORT, help=f"port of 127.0.0.1 (default: {PAD_PORT})")
    parser.set_defaults(run=_pad, level="warning")


def _part_of_set(text: str) -> tuple[int, int]:
    part, _, parts = text.partition("/")
    return int(part), int(parts)


def _add_chart(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("chart", help="write a test chart to adjust the camera's distance and focus")
    parser.add_argument(
        "--out", type=Path, default=Path("chart.pdf"), metavar="FILE", help=".pdf or .png (default: chart.pdf)"
    )
    parser.set_defaults(run=_chart)


def _add_simulator(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("simulator", help="run a simulated SIP2 library system with optional faults")
    parser.add_argument("--port", type=int, default=6001, help="SIP2 port on the loopback interface (default: 6001)")
    parser.add_argument("--control", type=int, metavar="PORT", help="control port for tests (default: the next port)")
    parser.add_argument("--dialect", metavar="NAME", default="koha", help="library system to imitate (default: koha)")
    parser.add_argument("--charset", metavar="NAME", help="character set (default: the dialect's)")
    parser.add_argument("--temper", metavar="NAME[:SEED]", help="fault mode; see docs/simulator.md")
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS", help="delay before each response")
    parser.add_argument("--zone", default="Asia/Shanghai", help="time zone of the library (default: Asia/Shanghai)")
    library = parser.add_mutually_exclusive_group()
    library.add_argument("--demo-library", action="store_true", help="use the patrons and items of `kiosk-hub demo`")
    library.add_argument(
        "--library",
        type=Path,
        metavar="FILE",
        help="file with patrons and items, in the format of `kiosk-hub demo --json`",
    )
    parser.add_argument("--transcript", type=Path, metavar="FILE", help="file for a transcript of every message")
    parser.set_defaults(run=_simulator)


def _add_voice(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("voice", help="list the sentences that can be recorded, with their file names")
    parser.add_argument("language", choices=sorted(code for code, each in languages().items() if not each.kin))
    parser.set_defaults(run=_voice)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host, int(port)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time with an offset, such as 2026-11-24T10:00:00+08:00")
    return moment


def _lending_dialect(text: str) -> str:
    """Parse `sip2` or `sip2:DIALECT`. Raises ArgumentTypeError."""
    from kiosk.sip2_simulator.dialects import LENDING

    driver, _, name = text.partition(":")
    if driver != "sip2" or (name or LENDING[0]) not in LENDING:
        raise argparse.ArgumentTypeError(f"{text!r}: should be sip2, or sip2: and one of {', '.join(LENDING)}")
    return name or LENDING[0]


def _run(options: argparse.Namespace) -> int:
    from kiosk.app import run
    from kiosk.config import load
    from kiosk.wiring.launch_options import LaunchOptions
    from kiosk.wiring.unprovisioned import missing, wait_for_technician
    from kiosk.wiring.watchdog import this_manager
    from lending.transactions import ClockTrust

    if this_manager() is not None and missing(options.config) is not None:
        return wait_for_technician(options.config)
    trust, cuttable = ClockTrust(options.trust), options.cuttable
    patient = trust is ClockTrust.SYNCED  # the central's clock moves with ours: no time passes while it answers
    stage = LaunchOptions(options.clock, options.via, options.language, trust, cuttable=cuttable, patient=patient)
    staging = stage if options.stage else None
    return run(load(options.config), staging)


def _demo(options: argparse.Namespace) -> int:
    from kiosk.commands.demo import demo

    return demo(headless=options.headless, out=options.out)


def _visit(options: argparse.Namespace) -> int:
    from kiosk.visit_player import player

    if options.actions:
        return player.print_actions()
    if options.central and options.config:
        print(
            "kiosk visit: --central is for the demo library only; with --config, configure the library system there",
            file=sys.stderr,
        )
        return 2
    if options.hub and not options.central:
        print("kiosk visit: --hub requires --central; without it, the hub keeps the loans itself", file=sys.stderr)
        return 2
    return player.play(
        options.files, options.config, options.out, options.bench, options.central, companion_hub=options.hub
    )


def _enrol(options: argparse.Namespace) -> int:
    from kiosk.commands.enrol import run

    return run(options.config, options.code)


def _journal(options: argparse.Namespace) -> int:
    from kiosk.commands.journal import export_journal, run
    from kiosk.config import load

    if options.what == "export" and options.file:
        return export_journal(options.file, options.out)
    return run(options.what, load(options.config).paths, since=options.since, out=options.out)


def _exceptions(options: argparse.Namespace) -> int:
    from kiosk.commands.exceptions import run

    return run(options.what, options.config, options.names, options.out)


def _tag(options: argparse.Namespace) -> int:
    from kiosk.commands.tag import TagRequest, run
    from lending.tags import Usage

    if options.what == "write" and not options.item:
        print("kiosk tag write: name the item", file=sys.stderr)
        return 2
    part, parts = options.part
    usage = Usage(options.usage)
    return run(
        options.config,
        TagRequest(
            options.what, options.item, part, parts, usage, options.owner, options.replace, options.dump, options.json
        ),
    )


def _pad(options: argparse.Namespace) -> int:
    from kiosk.commands.pad import run

    try:
        return run(options.config, options.port)
    except OSError as error:
        print(f"127.0.0.1:{options.port}: {error.strerror}. Choose another port with --port.", file=sys.stderr)
        return 1


def _config(options: argparse.Namespace) -> int:
    from kiosk.commands.config import run

    return run(options.what, options.config)


def _off(options: argparse.Namespace) -> int:
    from kiosk.config import load
    from kiosk.hardware.gpio_header import switch_off
    from kiosk.words import Words, parts
    from kiosk.words.terminal import language

    words = Words(language())
    unreached = list(switch_off(load(options.config)))
    for each in unreached:
        print(f"{each.key} = {each.gpio}: {parts.reason(words, each.why)}", file=sys.stderr)
    return 1 if unreached else 0


def _provision(options: argparse.Namespace) -> int:
    from kiosk.provisioning.command import run

    return run(options.config, options.source)


def _check(options: argparse.Namespace) -> int:
    from kiosk.commands.check import check

    return check(options.config, as_json=options.json)


def _chart(options: argparse.Namespace) -> int:
    from kiosk.hardware.camera_chart import write

    try:
        write(options.out)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.out}: print it on A4 paper at 100 %")
    return 0


def _technician(options: argparse.Namespace) -> int:
    from kiosk.commands.technician import run

    return run(options.name, options.config)


def _simulator(options: argparse.Namespace) -> int:
    from kiosk.commands.simulator import run

    return run(options)


def _voice(options: argparse.Namespace) -> int:
    from kiosk.commands.voice import run

    return run(options.language)


if __name__ == "__main__":
    sys.exit(main())

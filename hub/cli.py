"""Define the commands of `kiosk-hub`.

Django is loaded only when a command runs, so usage errors are reported at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime

from hub.commands.audit import add_audit
from hub.commands.backups import add_keeping
from hub.commands.benchmarks import add_benches
from hub.commands.covers import add_covers
from hub.commands.csv_sheets import add_sheets
from hub.commands.feed import add_feed
from hub.commands.files import add_files
from hub.commands.ils_import import add_follow, add_following
from hub.commands.loan_rules import add_rules
from hub.commands.messages import add_messages
from hub.commands.release import add_release
from hub.commands.seal_key import add_seal_key
from hub.commands.work import add_working
from hub.core import hub_log
from hub.core.django_setup import CannotDo, bring_up_to_date, check_durable, set_up, set_up_with_tables
from hub.core.state_directory import Follows
from lending.command_line import ShowVersion, until_closed

Commands = argparse._SubParsersAction


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: Command line; None for the process's own, which also sets up logging.

    Returns:
        0 if done, 1 if it failed or some rows were invalid, 2 for wrong usage.
    """
    options = _parser().parse_args(arguments)
    if arguments is None:
        hub_log.begin()
    try:
        code = until_closed(lambda: int(options.run(options)))
    except FileNotFoundError as error:
        print(f"{error.filename} does not exist", file=sys.stderr)
        return 1
    except OSError as error:
        print(": ".join(str(each) for each in (error.filename, error.strerror or error) if each), file=sys.stderr)
        return 1
    except (CannotDo, Follows) as error:
        print(error, file=sys.stderr)
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kiosk-hub",
        description="Hub of the library's kiosks.",
        epilog="State directory: $KIOSK_HUB_STATE, or kiosk-hub in $XDG_STATE_HOME or "
        "~/.local/state. Database: SQLite in that directory, or $DATABASE_URL. "
        "$KIOSK_HUB_HOSTS lists the host names of the hub (default: 127.0.0.1,localhost).",
    )
    parser.add_argument("--version", action=ShowVersion)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="serve staff pages and kiosks")
    serve.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1")
    serve.add_argument("--port", type=int, default=8000, help="default: 8000; 0 picks a free port")
    serve.add_argument("--demo", action="store_true", help="let the visit player move the clock and request refusals")
    serve.add_argument(
        "--outbox",
        action="store_true",
        help="with --demo: send messages only to the hub's page /demo/outbox/",
    )
    serve.set_defaults(run=_serve)
    commands.add_parser("migrate", help="create or update the database tables").set_defaults(run=_migrate)
    demo = commands.add_parser("demo", help="create the demo library; keeps later changes to it")
    demo.add_argument("--reset", action="store_true", help="first delete the demo library with all its loans")
    demo.add_argument("--json", action="store_true", help="print its patrons and items as JSON")
    demo.add_argument("--now", type=_moment, metavar="TIME", help="create it around this time (ISO 8601 with offset)")
    demo.set_defaults(run=_demo)
    add_files(commands)
    add_covers(commands)
    add_sheets(commands)
    add_feed(commands)
    add_following(commands)
    add_follow(commands)
    add_keeping(commands)
    add_working(commands)
    add_messages(commands)
    add_seal_key(commands)
    add_audit(commands)
    add_rules(commands)
    add_release(commands)
    add_benches(commands)
    _add_registrations(commands)
    return parser


def _add_registrations(commands: Commands[argparse.ArgumentParser]) -> None:
    kiosk = commands.add_parser("add-kiosk", help="add a kiosk, or enrol an existing one again; print a one-time code")
    kiosk.add_argument("name", help="letters, digits, - and _")
    kiosk.add_argument("--branch", required=True, help="code of its branch")
    modes = ("provisional", "bin", "trusted")
    kiosk.add_argument("--returns", choices=modes, help="how far a return scan is trusted (new kiosks: provisional)")
    kiosk.set_defaults(run=_add_kiosk)
    staff = commands.add_parser("add-staff", help="add a staff account, or set its password")
    staff.add_argument("name")
    role_groups = ("clerk", "librarian", "marketing", "administrator")
    staff.add_argument("--role", choices=role_groups, help="required for a new account; otherwise the role stays")
    staff.add_argument("--branch", action="append", metavar="CODE", help="branch of the account; repeat for several")
    staff.add_argument("--all-branches", action="store_true", help="do not limit the account to branches")
    staff.set_defaults(run=_add_staff)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} has no UTC offset; write it as 2026-11-25T09:00:00+08:00")
    return moment


def _migrate(options: argparse.Namespace) -> int:
    set_up()
    bring_up_to_date()
    return 0


def _serve(options: argparse.Namespace) -> int:
    if options.demo:
        os.environ["KIOSK_HUB_DEMO"] = "1"
    if options.outbox:
        if not options.demo:
            raise CannotDo("--outbox requires --demo; without --demo, messages go to patrons")
        os.environ["KIOSK_HUB_DEMO_OUTBOX"] = "1"
    set_up_with_tables()
    from django.conf import settings

    from hub.circulation.snapshot import pages
    from hub.core.state_directory import HubServes, Restoring, serving
    from hub.serve import serve

    try:
        with serving(settings.STATE):
            if Restoring.cut_short(settings.STATE):
                raise CannotDo("a restore was interrupted; run `kiosk-hub restore FILE --replace` again")
            if options.demo:
                _only_the_demos_own()
            else:
                check_durable()
            pages.notice_receipt_page()
            serve(options.host, options.port, _demo_work(options.outbox) if options.demo else None)
    except HubServes as error:
        raise CannotDo(str(error)) from None
    return 0


def _demo_work(has_outbox: bool) -> Callable[[], None]:
    from hub.demo import outbox

    return outbox.work if has_outbox else outbox.run_imports


def _only_the_demos_own() -> None:
    """Refuse a library's own hub: the demo's API moves the clock and issues enrolment codes. Raises CannotDo."""
    from hub.demo import shared_state
    from hub.demo.library import NotTheDemo, only_the_demos

    try:
        only_the_demos()
    except NotTheDemo as error:
        raise CannotDo(f"--demo lets any client enrol kiosks: {error}") from None
    shared_state.reset()


def _demo(options: argparse.Namespace) -> int:
    set_up()
    bring_up_to_date()
    import json

    from hub.circulation.cards import WrongCardKey
    from hub.circulation.models import Patron
    from hub.core.clock import hub_clock
    from hub.demo import keys, library
    from hub.demo.sample_data import Cases

    cases = Cases()
    try:
        if options.reset:
            library.clear()
        library.make(cases, options.now or hub_clock().now())
    except (library.NotTheDemo, WrongCardKey) as error:
        raise CannotDo(str(error)) from None
    keys.give_out()
    listed = cases.as_lists()
    if options.json:
        print(json.dumps(listed, ensure_ascii=False))
    else:
        patrons = Patron.objects.count()
        print(
            f"Demo library created: {patrons} patrons, {len(cases.patrons)} of them with cards to try, "
            f"{len(cases.items)} items."
        )
        print(f"Staff user name and password: {keys.staff_file()}")
        print("To serve it with an outbox of its messages: kiosk-hub serve --demo --outbox")
        print("To enrol a kiosk: kiosk-hub add-kiosk front --branch main")
    return 0


def _add_kiosk(options: argparse.Namespace) -> int:
    set_up_with_tables()
    from django.conf import settings
    from django.utils.timezone import localtime

    from hub.catalogue.models import Branch
    from hub.core.clock import hub_clock
    from hub.fleet import enrolment
    from lending.request_signature import format_code

    if not enrolment.NAME.fullmatch(options.name):
        raise CannotDo(f"{options.name!r} is not a kiosk name: use letters, digits, - and _, at most 64")
    branch = Branch.objects.filter(code=options.branch).first()
    if branch is None:
        codes = ", ".join(_codes()) or "none yet: add one in the admin"
        raise CannotDo(f"unknown branch {options.branch!r}; known branches: {codes}")
    code, until = enrolment.new_code(enrolment.add(options.name, branch, options.returns), hub_clock().now())
    end = f"{localtime(until):%H:%M} ({settings.TIME_ZONE})"
    print(f"code: {format_code(code)}\nValid for one device, once, until {end}. On the kiosk, run:")
    print("sudo kiosk enrol")
    return 0


def _codes() -> list[str]:
    from hub.catalogue.models import Branch

    return list(Branch.objects.values_list("code", flat=True))


def _add_staff(options: argparse.Namespace) -> int:
    set_up_with_tables()
    from getpass import getpass

    from django.contrib.auth.models import User
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError
    from django.utils.translation import override

    from hub.audit import role_groups
    from hub.catalogue import workplace
    from hub.catalogue.models import Branch
    from hub.core import rights
    from hub.core.roles import Role

    known = User.objects.filter(username=options.name).first()
    if not options.role and (known is None or not rights.roles_of(known)):
        raise CannotDo(f"{options.name} has no role; add --role clerk, librarian, marketing or administrator")
    branches = list(Branch.objects.filter(code__in=options.branch or ()))
    if strange := sorted(set(options.branch or ()) - {each.code for each in branches}):
        raise CannotDo(f"unknown branch {strange[0]!r}; known branches: {', '.join(_codes()) or 'none yet'}")
    password = getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    with override("en"):
        try:
            validate_password(password, known or User(username=options.name))
        except ValidationError as wrong:
            raise CannotDo(" ".join(wrong.messages)) from None
    user, _ = User.objects.get_or_create(username=options.name)
    user.set_password(password)
    if options.role:
        role_groups.give(user, Role(options.role))
    user.save()
    if branches or options.all_branches:
        workplace.bind(user, branches)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Define `kiosk-hub seal-key`: list, rotate and delete the keys to which kiosks encrypt their rows."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from hub.core.django_setup import CannotDo, set_up_with_tables

if TYPE_CHECKING:
    from hub.fleet.seal_keys import Key, Need

Commands = argparse._SubParsersAction
BACKUP = "Make a backup now (`kiosk-hub backup FILE`). Older backups lack the new encryption key."


def add_seal_key(commands: Commands[argparse.ArgumentParser]) -> None:
    seal = commands.add_parser("seal-key", help="manage the keys to which kiosks encrypt waiting rows")
    acts = seal.add_subparsers(required=True, metavar="WHAT")
    acts.add_parser("list", help="list the keys and the rows still encrypted to each").set_defaults(run=_list)
    acts.add_parser(
        "rotate", help="issue a new key; kiosks switch automatically, and the old key still decrypts"
    ).set_defaults(run=_rotate)
    delete = acts.add_parser("delete", help="delete an old key that is no longer needed")
    delete.add_argument("key", metavar="KEY", help="key name as shown by `list`")
    delete.add_argument(
        "--without", action="append", default=[], metavar="KIOSK",
        help="kiosk that will never return; its remaining rows become unreadable",
    )  # fmt: skip
    delete.set_defaults(run=_delete)


def _list(options: argparse.Namespace) -> int:
    _begin()
    from hub.fleet import seal_keys

    for key in seal_keys.all_kept():
        print(f"{key.name}  {key.file}  {_how_it_is(key)}")
        for need in key.needs:
            print(f"  {_describe_need(need)}")
    return 0


def _how_it_is(key: Key) -> str:
    if key.is_current:
        return "current: kiosks encrypt to it"
    waiting = sum(need.queued or 0 for need in key.needs)
    if not key.needs:
        return "old: no kiosk needs it"
    return f"old: {waiting} rows are waiting for it, as last reported by kiosks"


def _describe_need(need: Need) -> str:
    from django.utils.timezone import localtime

    when = f"told {localtime(need.told_at):%Y-%m-%d %H:%M}" if need.told_at else "never told"
    if need.kept is None:
        return f"{need.kiosk}: {when}, needed keys not reported"
    behind = ", does not use the current key yet" if need.behind else ""
    return f"{need.kiosk}: {need.queued} rows waiting, {need.kept} kept{behind} ({when})"


def _rotate(options: argparse.Namespace) -> int:
    _begin()
    from hub.circulation.intake import encrypted_rows
    from hub.core.clock import hub_clock
    from hub.core.state_directory import HubServes
    from hub.fleet import seal_keys

    try:
        aside = seal_keys.rotate(hub_clock().now())
    except HubServes as error:
        raise CannotDo(str(error)) from None
    names = encrypted_rows.key_names()
    current = names[encrypted_rows.KEY_FILE]
    print(f"Kiosks encrypt to {current} from their next report on. {names[aside]} still decrypts: {aside}")
    print(BACKUP)
    return 0


def _delete(options: argparse.Namespace) -> int:
    _begin()
    from hub.core.state_directory import HubServes
    from hub.fleet import seal_keys

    try:
        files = seal_keys.delete(options.key, options.without)
    except (seal_keys.KeyNeeded, HubServes) as error:
        raise CannotDo(str(error)) from None
    print(f"{options.key} is deleted: {', '.join(files)}. Earlier backups still contain it.")
    return 0


def _begin() -> None:
    set_up_with_tables()

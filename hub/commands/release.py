"""Define `kiosk-hub release`: add signed bundles for the kiosks, list them, and start a rollout."""

from __future__ import annotations

import argparse
from pathlib import Path

from hub.core.django_setup import CannotDo, set_up_with_tables

Commands = argparse._SubParsersAction
HOURS = "times such as 22:00-06:00, or any; default: while the branch is closed"


def add_release(commands: Commands[argparse.ArgumentParser]) -> None:
    release = commands.add_parser("release", help="add updates for the kiosks, and roll them out")
    acts = release.add_subparsers(required=True, metavar="WHAT")
    add = acts.add_parser("add", help="check a signed bundle and keep it for the kiosks")
    add.add_argument("file", type=Path, metavar="FILE", help="library-kiosk-VERSION-BASE-BOARD.raucb")
    add.add_argument("--keyring", type=Path, metavar="PEM", help="accept these authorities from now on")
    add.set_defaults(run=_add)
    acts.add_parser("list", help="list the releases that kiosks can get").set_defaults(run=_list)
    start = acts.add_parser("start", help="roll a release out; it replaces the rollout before")
    start.add_argument("version")
    start.add_argument("--channel", choices=("stable", "early"), default="stable", help="default: stable, all kiosks")
    start.add_argument("--branch", action="append", default=[], metavar="CODE", help="only this branch; repeatable")
    start.add_argument("--share", type=_share, default=100, metavar="PERCENT", help="only this part of the kiosks")
    start.add_argument("--hours", type=_hours, default="", metavar="HOURS", help=HOURS)
    start.set_defaults(run=_start)


def _share(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 100")
    return int(text)


def _hours(text: str) -> str:
    from hub.fleet.rollout_hours import is_hours

    if not is_hours(text):
        raise argparse.ArgumentTypeError(f"{text!r}: should be {HOURS}")
    return text


def _add(options: argparse.Namespace) -> int:
    set_up_with_tables()
    from hub.core.clock import hub_clock
    from hub.fleet import releases
    from lending import atomic_file
    from lending.update_bundle import BundleRefused

    if options.keyring:
        atomic_file.write(releases.keyring(), options.keyring.read_bytes())
    if not releases.keyring().exists():
        raise CannotDo(f"{releases.keyring()} is missing: name the authorities of your releases with --keyring PEM")
    try:
        release = releases.add(options.file, hub_clock().now())
    except BundleRefused as refused:
        detail = f" ({refused.detail})" if refused.detail else ""
        raise CannotDo(f"{options.file}: {releases.refusal_text(refused)}{detail}") from None
    print(f"{release.version} for {release.compatible}, {release.size / 1e6:,.1f} MB: `kiosk-hub release start` it")
    return 0


def _list(options: argparse.Namespace) -> int:
    set_up_with_tables()
    from hub.fleet.models import Release

    for release in Release.objects.all():
        print(
            f"{release.version}  {release.compatible}  {release.size / 1e6:,.1f} MB  added {release.added_at:%Y-%m-%d}"
        )
    return 0


def _start(options: argparse.Namespace) -> int:
    set_up_with_tables()
    from hub.catalogue.models import Branch
    from hub.core.clock import hub_clock
    from hub.fleet import rollouts
    from hub.fleet.models import Release

    release = Release.objects.filter(version=options.version).first()
    if release is None:
        raise CannotDo(f"there is no release {options.version}: `kiosk-hub release list` shows them")
    branches = list(Branch.objects.filter(code__in=options.branch))
    if missing := set(options.branch) - {branch.code for branch in branches}:
        raise CannotDo(f"there is no branch {', '.join(sorted(missing))}")
    rollout = rollouts.start(
        release, "kiosk-hub", hub_clock().now(), options.channel, branches, options.share, options.hours
    )
    print(f"{len(rollouts.kiosks_of(rollout))} kiosks get {release.version}, {rollout.at_once} at a time")
    if not rollouts.has_way_back(rollout):
        print("There is no way back: the version before cannot read the journal that this one writes.")
    return 0

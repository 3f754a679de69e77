"""Define `check-channels` and `bounce`, about messages to patrons; each loads Django when it runs."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from hub.core.django_setup import CannotDo, check_tables, set_up

if TYPE_CHECKING:
    from hub.outreach.delivery.settings import Channels

Commands = argparse._SubParsersAction


def add_messages(commands: Commands[argparse.ArgumentParser]) -> None:
    check = commands.add_parser(
        "check-channels",
        help="say which channels are on, and send a test message by each that is named",
        description="Reads channels.toml of the state directory. Exit code 1 where something is wrong.",
    )
    to = "send a test message, such as mail=me@example.org; again for another"
    check.add_argument("--to", action="append", default=[], metavar="CHANNEL=ADDRESS", help=to)
    check.add_argument("--language", choices=("zh", "en"), default="zh", help="of the test message; default: zh")
    check.set_defaults(run=_check)
    bounce = commands.add_parser(
        "bounce",
        help="take in one mail that came back, from standard input",
        description="For the mail server's alias of the sender: `library: |kiosk-hub bounce`. What is no report of a "
        "failure about one of our mails changes nothing.",
    )
    bounce.set_defaults(run=_bounce)


def _check(options: argparse.Namespace) -> int:
    set_up()
    check_tables()
    from django.utils import translation

    from hub.outreach.delivery import channel_check
    from hub.outreach.delivery.settings import BadChannels, channels

    wanted = [each.partition("=") for each in options.to]
    with translation.override("en"):
        try:
            found = channels()
        except BadChannels as error:
            raise CannotDo(str(error)) from None
        on = channel_check.turned_on(found)
        print(f"on: {', '.join(on) or 'none'}, and always screen and paper")
        return max((_tested(name, address, options.language, found) for name, _, address in wanted), default=0)


def _tested(channel: str, address: str, language: str, found: Channels) -> int:
    from hub.outreach.delivery import channel_check
    from hub.outreach.profiles.channels import BadAddress

    try:
        tested = channel_check.test(channel, address, language, found)
    except BadAddress as error:
        print(f"{channel}: {error}")
        return 1
    words = "the test message has left" if tested.passed else ". ".join(filter(None, (tested.what, tested.then)))
    print(f"{channel}: {words}{f' [{tested.said}]' if tested.said else ''}")
    return 0 if tested.passed else 1


def _bounce(options: argparse.Namespace) -> int:
    set_up()
    check_tables()
    from hub.core.clock import hub_clock
    from hub.outreach.delivery import bounces

    bounces.take(sys.stdin.buffer.read(), hub_clock().now())
    return 0

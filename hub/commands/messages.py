"""Define `check-channels` and `bounce`, about messages to patrons; each loads Django when it runs."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from hub.core.django_setup import CannotDo, set_up_with_tables
from hub.core.language import text_languages
from lending.languages import languages

if TYPE_CHECKING:
    from hub.outreach.messaging.settings import Channels

Commands = argparse._SubParsersAction


def add_messages(commands: Commands[argparse.ArgumentParser]) -> None:
    check = commands.add_parser(
        "check-channels",
        help="list the active channels, and send test messages",
        description="Read channels.toml in the state directory. Exit code 1 on any error.",
    )
    to = "send a test message, such as mail=me@example.org; can be repeated"
    check.add_argument("--to", action="append", default=[], metavar="CHANNEL=ADDRESS", help=to)
    check.add_argument(
        "--language", choices=tuple(languages()), help="language of the test message; default: the library's first"
    )
    check.set_defaults(run=_check)
    bounce = commands.add_parser(
        "bounce",
        help="read one returned email from standard input",
        description="For the mail server's alias of the sender: `library: |kiosk-hub bounce`. Emails "
        "other than failure reports of this hub's messages are ignored.",
    )
    bounce.set_defaults(run=_bounce)


def _check(options: argparse.Namespace) -> int:
    set_up_with_tables()
    from django.utils import translation

    from hub.outreach.messaging.channels import registry
    from hub.outreach.messaging.settings import BadChannels, channels

    wanted = [each.partition("=") for each in options.to]
    with translation.override("en"):
        try:
            found = channels()
        except BadChannels as error:
            raise CannotDo(str(error)) from None
        on = registry.enabled_channels(found)
        print(f"on: {', '.join(on) or 'none'}; screen and paper are always on")
        return max(
            (
                _test_channel(name, address, options.language or text_languages()[0], found)
                for name, _, address in wanted
            ),
            default=0,
        )


def _test_channel(channel: str, address: str, language: str, found: Channels) -> int:
    from hub.outreach.messaging.channels import registry
    from hub.outreach.patrons.channels import BadAddress

    try:
        tested = registry.send_test(channel, address, language, found)
    except BadAddress as error:
        print(f"{channel}: {error}")
        return 1
    words = "test message sent" if tested.passed else ". ".join(filter(None, (tested.summary, tested.advice)))
    print(f"{channel}: {words}{f' [{tested.provider_text}]' if tested.provider_text else ''}")
    return 0 if tested.passed else 1


def _bounce(options: argparse.Namespace) -> int:
    set_up_with_tables()
    from hub.core.clock import hub_clock
    from hub.outreach.messaging import bounces

    bounces.take(sys.stdin.buffer.read(), hub_clock().now())
    return 0

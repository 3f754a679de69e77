"""Define `kiosk-hub try-rules`, which shows the effect of the draft on last month's loans.

Django is loaded when the command runs.
"""

from __future__ import annotations

import argparse

from hub.core.django_setup import CannotDo, set_up_with_tables

Commands = argparse._SubParsersAction


def add_rules(commands: Commands[argparse.ArgumentParser]) -> None:
    tried = commands.add_parser("try-rules", help="report what the draft loan rules would have changed last month")
    tried.set_defaults(run=_try)


def _try(_options: argparse.Namespace) -> int:
    set_up_with_tables()
    from hub.circulation.loan_rules import drafts, replay
    from hub.core.clock import hub_clock

    held = drafts.draft()
    if held is None:
        raise CannotDo("there is no draft of the rules: start one on the page Loan rules")
    report = replay.last_month(drafts.facts(held), hub_clock().now())
    print(f"{report.first:%Y-%m-%d} to {report.end:%Y-%m-%d}, beside the rules of each of those days")
    print("group\tcollection\tloans\tnot lent\tdue earlier\tdue later\tdays\tnot renewed\tlate\tlate by the draft")
    for each in report.outcomes:
        print(
            each.category, each.item_type, each.loans, each.refused, each.earlier, each.later, each.days,
            each.not_renewed, each.late, each.late_by_draft, sep="\t",
        )  # fmt: skip
    return 0

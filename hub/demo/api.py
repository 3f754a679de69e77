"""Serve the demo hub's API for the visit player: move the clock, request refusals, read state back."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.http import HttpRequest
from ninja import NinjaAPI, Router
from pydantic import AwareDatetime, BaseModel

from hub.catalogue.models import Branch
from hub.circulation.domain_mapping import the_library
from hub.circulation.intake.exceptions import item_of
from hub.circulation.models import ExceptionCase, Loan, Transaction
from hub.core.clock import hub_clock
from hub.demo import shared_state
from hub.demo.exception import KIOSK as SAMPLE_KIOSK
from hub.fleet import enrolment
from hub.outreach.patrons.models import Person
from lending import wire
from lending.responses import PatronResponse, SelfRegistration

router = Router()


class Moment(BaseModel):
    """A time to set the hub's clock to."""

    now: AwareDatetime


class NamedKiosk(BaseModel):
    """A kiosk to enrol, at the branch with this code."""

    name: str
    branch: str = "main"


class GivenCode(BaseModel):
    """A one-time enrolment code."""

    code: str


class KeptLoan(BaseModel):
    """A loan in the hub; `due` is the library's local date."""

    patron: str
    item: str
    due: date
    transaction: UUID | None
    state: str


class KeptException(BaseModel):
    """A case of the exception desk."""

    number: int
    kind: str
    reason: str
    detail: str
    transaction: UUID | None
    item: str | None
    resolved: bool


class KeptTransaction(BaseModel):
    """A transaction that a kiosk uploaded, and its outcome."""

    id: UUID
    kind: str
    item: str | None
    outcome: str
    said: str
    """Question and answer, if the transaction is a patron's answer."""


class KeptState(BaseModel):
    """State of the hub, as read back after a visit."""

    loans: list[KeptLoan]
    patrons: dict[str, str]
    """The kiosks' references of these loans' patrons, by identifier."""
    exceptions: list[KeptException]
    transactions: list[KeptTransaction]
    refusing: bool
    """True while a requested refusal is pending."""


def new_api() -> NinjaAPI:
    """Assemble the demo's API."""
    api = NinjaAPI(title="Demo hub", version="1", urls_namespace="demo", openapi_url=None)
    api.add_router("", router)
    return api


@router.post("/kiosks", response=GivenCode)
def give_code(request: HttpRequest, kiosk: NamedKiosk) -> GivenCode:
    """Add the kiosk if it is new, and issue an enrolment code: demo kiosks really enrol."""
    added = enrolment.add(kiosk.name, Branch.objects.get(code=kiosk.branch), "trusted")
    code, _until = enrolment.new_code(added, hub_clock().now())
    return GivenCode(code=code)


@router.post("/refuse-next", response={204: None})
def refuse_next(request: HttpRequest) -> tuple[int, None]:
    """Refuse the next transaction that may be refused."""
    shared_state.refuse_next()
    return 204, None


@router.post("/clock", response={204: None})
def clock(request: HttpRequest, moment: Moment) -> tuple[int, None]:
    """Set the hub's clock, which continues from there."""
    shared_state.set_clock(moment.now)
    return 204, None


@router.get("/state", response=KeptState)
def state(request: HttpRequest, patrons: str = "", items: str = "") -> KeptState:
    """Return the loans of these patrons and items, and every uploaded transaction.

    Args:
        request: The request.
        patrons: Comma-separated identifiers.
        items: Comma-separated barcodes.
    """
    zone = ZoneInfo(the_library().timezone)
    wanted = Q(patron__identifier__in=patrons.split(",")) | Q(item__barcode__in=items.split(","))
    loans = Loan.objects.filter(wanted).exclude(state=Loan.State.UNDONE).select_related("patron", "item")
    found = list(loans.order_by("checked_out_at", "pk"))
    return KeptState(
        patrons={loan.patron.identifier: loan.patron.ref for loan in found},
        loans=[
            KeptLoan(
                patron=loan.patron.identifier,
                item=loan.item.barcode,
                due=loan.due.astimezone(zone).date(),
                transaction=loan.transaction,
                state=loan.state,
            )
            for loan in found
        ],
        exceptions=[
            KeptException(
                number=case.pk,
                kind=case.kind,
                reason=case.reason,
                detail=case.detail,
                transaction=case.transaction_id,
                item=item_of(case),
                resolved=case.resolved_at is not None,
            )
            for case in ExceptionCase.objects.exclude(kiosk__name=SAMPLE_KIOSK)
            .select_related("transaction")
            .order_by("pk")
        ],
        transactions=[
            KeptTransaction(id=row.pk, kind=row.kind, item=_item(row), outcome=row.outcome, said=_answer_text(row))
            for row in Transaction.objects.exclude(kiosk__name=SAMPLE_KIOSK).order_by("received_at", "seq")
        ],
        refusing=shared_state.refuses_next(),
    )


def _answer_text(row: Transaction) -> str:
    """Return the answer in a transaction.

    A registration's body is not stored, so a record created from it is reported instead.
    """
    if not row.body and Person.objects.filter(form=row.pk).exists():
        return SelfRegistration.ask
    try:
        act = wire.decode(row.kind, row.body)
    except wire.UnreadableAct:
        return ""
    return f"{act.ask} {act.answer}" if isinstance(act, PatronResponse) else ""


def _item(row: Transaction) -> str | None:
    """Return the item that the transaction names, or None."""
    try:
        return getattr(wire.decode(row.kind, row.body), "item", None)
    except wire.UnreadableAct:
        return None

"""What the visit player may do to a demo hub: move its clock, have a refusal, read back; only in the demo mode."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db.models import Q
from django.http import HttpRequest
from ninja import NinjaAPI, Router
from pydantic import AwareDatetime, BaseModel

from hub.catalogue.models import Branch
from hub.circulation.domain_mapping import the_library
from hub.circulation.exceptions import item_of
from hub.circulation.models import ExceptionCase, Loan, Transaction
from hub.core.clock import hub_clock
from hub.fleet import enrolment
from hub.outreach.profiles.models import Person
from lending import wire
from lending.registration import REGISTER
from lending.transactions import PatronResponse

router = Router()


class Moment(BaseModel):
    now: AwareDatetime


class NamedKiosk(BaseModel):
    name: str
    branch: str = "main"


class GivenCode(BaseModel):
    code: str


class KeptLoan(BaseModel):
    """A loan as the hub keeps it; `due` is the library's local date."""

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
    """What a kiosk handed over, and what became of it."""

    id: UUID
    kind: str
    item: str | None
    outcome: str
    said: str
    """What was asked and what she answered, where it is an answer."""


class Kept(BaseModel):
    loans: list[KeptLoan]
    patrons: dict[str, str]
    """What the kiosks call the patrons of these loans, by identifier."""
    exceptions: list[KeptException]
    transactions: list[KeptTransaction]
    refusing: bool
    """A refusal was asked for and nothing has been refused since."""


def new_api() -> NinjaAPI:
    """Puts the demo's own API together."""
    api = NinjaAPI(title="Demo hub", version="1", urls_namespace="demo", openapi_url=None)
    api.add_router("", router)
    return api


@router.post("/kiosks", response=GivenCode)
def give_code(request: HttpRequest, kiosk: NamedKiosk) -> GivenCode:
    """Adds a kiosk where it is new, and gives it an enrolment code: each demo kiosk enrols for real."""
    added = enrolment.add(kiosk.name, Branch.objects.get(code=kiosk.branch), "trusted")
    code, _until = enrolment.new_code(added, hub_clock().now())
    return GivenCode(code=code)


@router.post("/refuse-next", response={204: None})
def refuse_next(request: HttpRequest) -> tuple[int, None]:
    """Refuses the next transaction that may still be refused."""
    apps.get_app_config("demo").refuse_next()
    return 204, None


@router.post("/clock", response={204: None})
def clock(request: HttpRequest, moment: Moment) -> tuple[int, None]:
    """Sets the hub's clock, which goes on from there."""
    hub_clock().set(moment.now)
    return 204, None


@router.get("/state", response=Kept)
def state(request: HttpRequest, patrons: str = "", items: str = "") -> Kept:
    """Reads back the loans of these patrons (identifiers) and items (barcodes), and all that kiosks handed over.

    Commas between.
    """
    zone = ZoneInfo(the_library().timezone)
    wanted = Q(patron__identifier__in=patrons.split(",")) | Q(item__barcode__in=items.split(","))
    loans = Loan.objects.filter(wanted).exclude(state=Loan.State.UNDONE).select_related("patron", "item")
    found = list(loans.order_by("checked_out_at", "pk"))
    return Kept(
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
            for case in ExceptionCase.objects.select_related("transaction").order_by("pk")
        ],
        transactions=[
            KeptTransaction(id=row.pk, kind=row.kind, item=_item(row), outcome=row.outcome, said=_said(row))
            for row in Transaction.objects.order_by("received_at", "seq")
        ],
        refusing=apps.get_app_config("demo").refuses_next,
    )


def _said(row: Transaction) -> str:
    """Of a registration, whose body is kept by nobody, that it became somebody's record."""
    if not row.body and Person.objects.filter(form=row.pk).exists():
        return REGISTER
    try:
        act = wire.decode(row.kind, row.body)
    except wire.UnreadableAct:
        return ""
    return f"{act.ask} {act.answer}" if isinstance(act, PatronResponse) else ""


def _item(row: Transaction) -> str | None:
    """The item that it names, when it names one and can be read."""
    try:
        return getattr(wire.decode(row.kind, row.body), "item", None)
    except wire.UnreadableAct:
        return None

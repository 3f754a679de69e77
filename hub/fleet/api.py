"""Serve the device API for kiosks, as described in docs/wire.md: enrolment, health and updates."""

from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from ninja import Router
from pydantic import ValidationError

from hub.circulation import cards
from hub.circulation.intake import encrypted_rows
from hub.core.clock import hub_clock
from hub.core.throttle import Limit, Throttle
from hub.fleet import devices, enrolment, health_reports, kiosk_settings, releases, remote_tasks
from hub.fleet.enrolment import CodeRefusal
from hub.fleet.models import Release
from lending import request_signature, wire
from lending.wire import fleet

WRONG_CODES = Throttle("enrolment address", Limit(10, timedelta(minutes=1)))
ASKED = fleet.EnrolmentRequest.model_json_schema()
router = Router(tags=["fleet"])


@router.post(
    "/fleet/enrolments",
    auth=None,
    response={
        200: fleet.EnrolmentAnswer,
        403: fleet.EnrolmentRefusal,
        422: wire.ErrorAnswer,
        429: wire.ErrorAnswer,
    },
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": ASKED}}}},
)
def enrol(request: HttpRequest) -> HttpResponse:
    """Enrol a device by a one-time code.

    The `Hub-Signature` header signs the answer, the device's public key and the counter 0.
    """
    now, address = hub_clock().now(), request.META.get("REMOTE_ADDR", "")
    if wait := WRONG_CODES.wait(address, now):
        after = str(int(wait.total_seconds()) + 1)
        return JsonResponse({"detail": "too_many_tries"}, status=429, headers={"Retry-After": after})
    try:
        asked = fleet.EnrolmentRequest.model_validate_json(request.body)
    except ValidationError as error:
        return JsonResponse({"detail": wire.first_fault(error)}, status=422)
    if not request_signature.verifies(
        asked.public_key, request_signature.enrolment_text(asked.code, asked.public_key), asked.proof
    ):
        return JsonResponse({"detail": "proof: it is not this key's signature"}, status=422)
    attempt = WRONG_CODES.take(address, now)
    if attempt is None:
        return JsonResponse({"detail": "too_many_tries"}, status=429, headers={"Retry-After": "1"})
    device = enrolment.enrol(asked.code, asked.public_key, now)
    if isinstance(device, CodeRefusal):
        return JsonResponse({"detail": device.detail}, status=403)
    attempt.give_back()
    answer = fleet.EnrolmentAnswer(
        wire=wire.VERSION,
        device=device.pk,
        kiosk=device.kiosk.name,
        branch=device.kiosk.branch.code,
        card_key=cards.card_key(),
        hub_key=devices.hub_public_key(),
        seal_key=encrypted_rows.public_key(),
        now=now,
    )
    return devices.sign_answer(answer, asked.public_key, 0)


@router.post("/fleet/health", response={200: fleet.FleetAnswer, 401: fleet.SignatureRefusal})
def health(request: HttpRequest, report: fleet.HealthReport) -> HttpResponse:
    """Store a kiosk's health report; return staff's instructions, signed with the device and its counter."""
    now = hub_clock().now()
    answer = health_reports.take(request.auth, report, now)
    settings = kiosk_settings.settings_to_send(request.auth, request.claim.device, report.settings)
    tasks = remote_tasks.tasks_to_send(request.auth, now)
    answer = answer.model_copy(update={"settings": settings, "tasks": tasks})
    return devices.sign_answer(answer, request.claim.device, request.claim.counter)


@router.post("/fleet/tasks/{task}", response={204: None, 401: fleet.SignatureRefusal, 404: wire.ErrorAnswer})
def task_result(request: HttpRequest, task: UUID, result: fleet.TaskResult) -> HttpResponse:
    """Store what became of a remote task; repeating it changes nothing."""
    if not remote_tasks.take(request.auth, str(task), result, hub_clock().now()):
        return JsonResponse({"detail": "unknown_task"}, status=404)
    return HttpResponse(status=204)


@router.get("/fleet/releases/{version}", response={200: None, 206: None, 404: wire.ErrorAnswer, 416: None})
def release_bundle(request: HttpRequest, version: str) -> HttpResponse:
    """Return the bundle of a release, or a range of its bytes."""
    return releases.serve(get_object_or_404(Release, version=version), request.headers.get("Range", ""))

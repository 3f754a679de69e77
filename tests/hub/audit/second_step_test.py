"""Test the second step: a code from the phone is required, and a lost phone can be replaced."""

from __future__ import annotations

import re
import time
from base64 import b32encode, b64encode
from urllib.parse import quote

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP

from hub.audit import role_groups
from hub.audit.models import RecoveryCode, SecuritySettings, TotpDevice
from hub.core.roles import Role
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

STEP, ENTER = "audit:second_step", "audit:second_step_code"


def code_of(device: TotpDevice, ahead: int = 0) -> str:
    totp = TOTP(device.bin_key, drift=device.drift)
    totp.time = time.time() + ahead * totp.step
    return f"{totp.token():06}"


def used_code(device: TotpDevice) -> str:
    """Return the last accepted code, in whatever time step."""
    totp = TOTP(device.bin_key, drift=device.drift)
    totp.time = (device.last_t - device.drift) * totp.step
    return f"{totp.token():06}"


def set_up(grace: Grace) -> list[str]:
    """Set up the second step on its page and return the recovery codes."""
    grace.client.get(reverse(STEP))
    device = TotpDevice.objects.get(user=grace.user)
    page = grace.client.post(reverse("audit:second_step_begin"), {"code": code_of(device)}).content.decode()
    return re.findall(r"<li>([a-z2-9]{5} [a-z2-9]{5})</li>", page)


def next_day(grace: Grace) -> None:
    """Sign in again, with the password only."""
    grace.client.logout()
    grace.sign_in()


def submit_code(grace: Grace, code: str, then: str = "/staff/patrons/") -> int:
    response = grace.client.post(reverse(ENTER), {"code": code, "next": then})
    return int(response.status_code)


def test_second_step_is_required_once_it_is_set_up(grace: Grace) -> None:
    codes = set_up(grace)
    assert len(set(codes)) == 10
    assert grace.client.get(reverse("staff:patrons")).status_code == 200, "this session has already verified a code"
    next_day(grace)
    for path in ("/staff/patrons/", "/admin/", "/api/v1/docs", "/staff/second-step/", "/nowhere/"):
        response = grace.client.get(path)
        assert (
            response.status_code == 302 and response["Location"] == f"{reverse(ENTER)}?next={quote(path, safe='')}"
        ), path
    TotpDevice.objects.update(last_t=-1)  # the code of this half minute was used to set it up
    assert submit_code(grace, code_of(TotpDevice.objects.get())) == 302
    assert grace.client.get(reverse("staff:patrons")).status_code == 200


def test_code_works_once_and_wrong_codes_cause_a_delay(grace: Grace) -> None:
    set_up(grace)
    device = TotpDevice.objects.get()
    next_day(grace)
    assert submit_code(grace, used_code(device)) == 400, "already used in the setup"
    assert submit_code(grace, "000000") == 400
    assert TotpDevice.objects.get().throttling_failure_count > 0
    many = F("throttling_failure_count") + 9  # a delay of one second would be over too soon
    TotpDevice.objects.update(last_t=-1, throttling_failure_count=many)
    page = grace.client.post(reverse(ENTER), {"code": code_of(device)})
    assert "Too many wrong codes" in words(page.content)


def test_recovery_code_works_once(grace: Grace) -> None:
    first, second, *_rest = set_up(grace)
    for code, passes in ((first, True), (first, False), (second.upper(), True)):
        next_day(grace)
        TotpDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
        assert (submit_code(grace, code) == 302) is passes
    assert RecoveryCode.objects.count() == 8
    assert first.replace(" ", "") not in str(list(RecoveryCode.objects.values()))


def test_second_step_is_removed_only_with_a_code(grace: Grace) -> None:
    codes = set_up(grace)
    grace.client.post(reverse("audit:second_step_end"), {"code": "123456"})
    assert TotpDevice.objects.count() == 1
    TotpDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    grace.client.post(reverse("audit:second_step_end"), {"code": codes[0]})
    assert (TotpDevice.objects.count(), RecoveryCode.objects.count()) == (0, 0)


@pytest.mark.parametrize("role", [*Role])
def test_every_role_needs_a_second_step_unless_waived(world: World, role: Role) -> None:
    SecuritySettings.objects.all().delete()
    member = Grace(role=role, name="ida")
    for path in ("/staff/", "/staff/policy/", "/staff/desk/"):
        assert member.client.get(path)["Location"] == reverse(STEP)
    assert "The library requires it" in words(member.client.get(reverse(STEP)).content)
    set_up(member)
    assert member.client.get("/staff/").status_code == 200
    admin = Grace(name="root")
    set_up(admin)
    admin.client.post(reverse("audit:settle"), {"mass": "20", "mass_in_all": "60"})
    assert not SecuritySettings.now().second_step
    assert Grace(role=role, name="lin").client.get("/staff/").status_code == 200


def test_admin_opens_with_the_password_before_a_library_exists(db: None) -> None:
    """The library is created in the admin, when there are no patrons yet."""
    role_groups.after_migrating()
    assert Grace().client.get("/admin/circulation/library/add/").status_code == 200


def test_unauthenticated_user_is_sent_to_the_sign_in(world: World) -> None:
    assert Client().get(reverse(ENTER))["Location"] == reverse("staff:sign_in")


def test_key_is_shown_only_before_setup(grace: Grace) -> None:
    page = grace.client.get(reverse(STEP))
    assert "<svg" in page.content.decode() and "no-store" in page["Cache-Control"]
    set_up(grace)
    again = grace.client.get(reverse(STEP)).content.decode()
    key = TotpDevice.objects.get().key.decrypt()
    assert "Scan this" not in again and key not in again


def test_database_contains_no_plain_key(grace: Grace) -> None:
    set_up(grace)
    key = TotpDevice.objects.get().key.decrypt()
    texts = {key, key.upper(), b32encode(bytes.fromhex(key)).decode(), b64encode(bytes.fromhex(key)).decode()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM audit_totpdevice")
        (row,) = cursor.fetchall()
    assert len(key) == 40 and not [each for each in texts if each in str(row)]

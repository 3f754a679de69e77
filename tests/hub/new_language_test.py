"""Test that a language is added by its file and folder alone, and that a library then writes in it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LANGUAGE = 'name = "Xexe"\nshort = "XX"\nplace = 9\n'
CATALOGUE = r"""
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\nLanguage: xx\nLanguage-Team: xx (draft)\n"

msgid "New titles"
msgstr "Xitixe"
"""
LIBRARY = """
import json
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.utils.translation import activate
from hub.circulation.models import Library
from hub.core.language import in_text_languages, page_languages
from hub.core.clock import hub_clock
from hub.outreach.engagement.campaigns import dispatch
from hub.outreach.engagement.campaigns.campaigns_page import CampaignForm
from hub.outreach.engagement.campaigns.models import Campaign
from hub.outreach.messaging.rendering import Renderer
from hub.outreach.patrons.purposes import MessageKind
from django.utils.translation import gettext
activate("en")
Library.objects.create(name="Xix", languages=["xx"])
campaign = Campaign(made_at=hub_clock().now(), by="grace")
form = CampaignForm({"heading_xx": "Xe xo", "body_xx": "Xa.", "hold_out": "0", "days": "14"}, instance=campaign)
inputs = [each.label for each in form["heading"].inputs]
form.save()
mail = Renderer().words(MessageKind.CAMPAIGN, "xx", {**dispatch.words(campaign), "link": "https://x.example/"}, "")
print(json.dumps({
    "pages": [each.name for each in page_languages()],
    "inputs": inputs,
    "stored": campaign.heading,
    "subject": mail.subject,
    "long": mail.long,
    "translated": in_text_languages(lambda: gettext("New titles")),
}))
"""


@pytest.mark.long
def test_library_writes_a_campaign_in_an_added_language(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for package in ("hub", "lending"):
        shutil.copytree(ROOT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
    (tree / "lending/languages/xx.toml").write_text(LANGUAGE, encoding="utf-8")
    catalogue = tree / "hub/core/locale/xx/LC_MESSAGES/django.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text(CATALOGUE, encoding="utf-8")
    compiled = [sys.executable, "-m", "babel.messages.frontend", "-q", "compile", "-i", str(catalogue)]
    subprocess.run([*compiled, "-o", str(catalogue.with_suffix(".mo"))], check=True)
    environment = {**os.environ, "PYTHONPATH": str(tree), "DJANGO_SETTINGS_MODULE": "hub.settings"}
    environment |= {"KIOSK_HUB_STATE": str(tmp_path / "state"), "DATABASE_URL": ""}
    run = subprocess.run(
        [sys.executable, "-c", LIBRARY], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["pages"][-1] == "Xexe"
    assert (found["inputs"], found["stored"]) == (["Heading"], {"xx": "Xe xo"})
    assert "Xe xo" in found["subject"] and "Xa." in found["long"]
    assert found["translated"] == {"xx": "Xitixe"}

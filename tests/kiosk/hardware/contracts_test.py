"""Test that every driver named in kiosk.toml passes the complete contract of its part."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, get_args

import pytest

from kiosk.config import Config
from kiosk.hardware.rig import STATES
from tests.kiosk.hardware.barcode_scanner_contract import BarcodeScannerContract
from tests.kiosk.hardware.card_reader_contract import CardReaderContract
from tests.kiosk.hardware.gpio_contracts import BinContract, GateContract, KeysContract, LightsContract
from tests.kiosk.hardware.item_pad_contract import ItemPadContract
from tests.kiosk.hardware.receipt_printer_contract import ReceiptPrinterContract

HERE = Path(__file__).parent
CONTRACTS: dict[str, type[Any]] = {
    "card_reader": CardReaderContract,
    "barcode_scanner": BarcodeScannerContract,
    "receipt_printer": ReceiptPrinterContract,
    "lights": LightsContract,
    "keys": KeysContract,
    "bin": BinContract,
    "security_gate": GateContract,
    "item_pad": ItemPadContract,
}


def drivers(part: str) -> set[str]:
    """Return the drivers of the part in kiosk.toml, without `none`."""
    choices = get_args(Config.model_fields[part].annotation)
    return {get_args(choice.model_fields["driver"].annotation)[0] for choice in choices} - {"none"}


def contract_tests(contract: type[Any]) -> set[str]:
    return {name for name in dir(contract) if name.startswith("test_")}


@pytest.fixture(scope="module", autouse=True)
def suites() -> None:
    """Import every module that contains a contract suite."""
    for file in HERE.rglob("*_test.py"):
        if "Contract)" in file.read_text(encoding="utf-8") and file != Path(__file__):
            importlib.import_module(".".join(("tests.kiosk.hardware", *file.relative_to(HERE).with_suffix("").parts)))


def test_every_part_has_a_contract() -> None:
    assert set(CONTRACTS) == {part.value for part in STATES}


@pytest.mark.parametrize("part", CONTRACTS)
def test_every_driver_runs_the_contract_of_its_part(part: str) -> None:
    assert {suite.driver for suite in CONTRACTS[part].__subclasses__()} == drivers(part)


@pytest.mark.parametrize("part", CONTRACTS)
def test_no_suite_overrides_a_contract_test(part: str) -> None:
    for suite in CONTRACTS[part].__subclasses__():
        assert not contract_tests(CONTRACTS[part]) & set(vars(suite)), suite

"""Test that the union lists every kind of response, and that each kind declares how it may be handled."""

from typing import get_args

from lending.responses import KINDS, AnyPatronResponse, PatronResponse, Proof, Retention


def test_union_lists_every_response_kind_once() -> None:
    assert set(get_args(AnyPatronResponse)) == set(PatronResponse.__subclasses__())
    assert len(KINDS) == len(get_args(AnyPatronResponse)) == 29


def test_anonymous_responses_need_no_proof_of_identity() -> None:
    kinds = [each for each in KINDS.values() if each.retention is not Retention.KEPT]
    assert {each.ask for each in kinds} == {"face", "book", "sheet", "look", "register"}
    assert all(each.required_proof is Proof.NONE for each in kinds)

"""Test the classes and subjects of titles in each classification scheme."""

import pytest
from django.utils import translation

from hub.catalogue.models import Title
from hub.outreach.recommendations.reading_profiles import subjects


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        (Title(clc="I247.5/12", subject="I"), ("I", "I247")),
        (Title(dewey="813.54", subject="8"), ("8", "813")),
        (Title(call_number="813 XYZ", subject="8"), ("8", "813")),
        (Title(call_number="I247.5 LUY", subject="I"), ("I", "I247")),
        (Title(call_number="PL410 .M6", subject="8"), ("8",)),
        (Title(clc="B9", subject="B9"), ("B", "B9")),
        (Title(call_number="XYZ", subject=""), ()),
    ],
)
def test_title_codes_contain_class_and_subject(title: Title, expected: tuple[str, ...]) -> None:
    assert subjects.codes(title) == expected
    assert all(subjects.is_subject_code(each) for each in expected)


def test_known_codes_have_labels_and_unknown_codes_do_not() -> None:
    with translation.override("zh-hans"):
        assert subjects.label("I247") == "文学（I247）"
        assert subjects.label("8") == "文学"
    assert not any(subjects.is_subject_code(each) for each in ("", "L", "81", "I2475", "i", "8130"))

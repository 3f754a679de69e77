"""Test texts in the library's languages: which text a reader gets, and what a form asks, requires and keeps."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django import forms
from django.utils.translation import override

from hub.circulation.models import Library
from hub.core.texts import Texts, TextsFormField
from hub.outreach.engagement.campaigns.models import Poster
from tests.hub.support.world import NOW, World


class TextForm(forms.Form):
    text = TextsFormField(label="text", max_length=5)
    more = TextsFormField(label="more", max_length=5, required=False, is_long=True)


class PosterForm(forms.ModelForm):
    class Meta:
        model = Poster
        fields = ("title", "words")


def set_languages(*codes: str) -> None:
    Library.objects.update(languages=list(codes))


@pytest.mark.parametrize(
    ("page", "text"), [("mn", "ном"), ("en", "book"), ("zh-hans", "ном"), ("zh-hant", "ном"), (None, "ном")]
)
def test_reader_gets_own_language_else_the_first_of_the_library(world: World, page: str, text: str) -> None:
    set_languages("mn", "en")
    with override(page):
        assert str(Texts({"en": "book", "mn": "ном"})) == text


def test_text_missing_in_the_first_language_is_read_in_the_next(world: World) -> None:
    set_languages("mn", "zh", "en")
    assert Texts({"en": "book", "zh": "书", "mn": ""}).in_language("mn") == "书"
    assert Texts({"en": "book"}).in_language("zh_TW") == "book" and Texts().in_language("en") == ""


def test_texts_travel_in_the_order_of_the_library(world: World) -> None:
    set_languages("mn", "en")
    texts = Texts({"zh": "书", "en": "book", "mn": "ном"})
    assert json.dumps(list(texts.in_order())) == '["mn", "en", "zh"]'


@pytest.mark.parametrize(
    ("languages", "labels"),
    [
        (("mn",), ["Text"]),
        (("zh", "en"), ["Text (中文)", "Text (English)"]),
        (("en", "mn"), ["Text (English)", "Text (Монгол)"]),
    ],
)
def test_form_has_one_input_per_language_and_requires_the_first(
    world: World, languages: tuple[str, ...], labels: list[str]
) -> None:
    set_languages(*languages)
    inputs = TextForm()["text"].inputs
    assert [each.label for each in inputs] == labels
    assert [each.name for each in inputs] == [f"text_{code}" for code in languages]
    assert [each.required for each in inputs] == [True, *(False for _code in languages[1:])]
    assert TextForm({f"text_{languages[0]}": " a "}).is_valid()
    wrong = TextForm({f"text_{languages[-1]}": "ab"} if len(languages) > 1 else {})
    assert not wrong.is_valid() and wrong["text"].inputs[0].errors
    assert "<textarea" in str(wrong["more"]) and 'role="alert"' in str(wrong["text"])


def test_overlong_text_is_reported_at_its_language(world: World) -> None:
    set_languages("zh", "en")
    form = TextForm({"text_zh": "书本", "text_en": "abcdef"})
    with override("en"):
        assert not form.is_valid()
        first, second = form["text"].inputs
    assert (first.errors, second.value) == ([], "abcdef") and "at most 5 characters (6 entered)" in second.errors[0]
    assert not TextForm({"text_zh": "三本书"}).is_valid(), "a Chinese character counts as two"
    assert Texts({"en": "abcdef", "zh": "三本书"}).cut(5) == {"en": "abcde", "zh": "三本"}


def test_text_in_a_language_left_off_is_kept(world: World) -> None:
    poster: Any = Poster.objects.create(title={"zh": "书", "en": "Books"}, first=NOW, last=NOW, made_at=NOW)
    set_languages("mn")
    form = PosterForm({"title_mn": "Ном"}, instance=poster)
    assert form.is_valid(), form.errors
    form.save()
    poster.refresh_from_db()
    assert poster.title == {"zh": "书", "en": "Books", "mn": "Ном"} and poster.words == {}
    assert Poster.objects.filter(title__mn="Ном").exists()

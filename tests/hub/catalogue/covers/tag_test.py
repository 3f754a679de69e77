"""Test the cover tag on pages: the drawn cover, the picture over it, and its URL."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.test import Client

from hub.catalogue.covers.drawn import covers_by_title, hub_store
from hub.catalogue.covers.picture import encode_cover
from hub.catalogue.models import Title
from tests.hub.catalogue.covers.pictures import picture
from tests.hub.support.world import World

TAG = Template("{% load covers %}{% cover title width %}")


def render_cover(title: object, width: int = 132) -> str:
    return TAG.render(Context({"title": title, "width": width}))


def test_title_without_a_picture_has_a_drawn_cover_with_its_text() -> None:
    html = render_cover(Title(title="Light & shade", subject="7"))
    assert "<svg" in html
    assert "<img" not in html
    assert '<span class="xl">Light &amp; shade</span>' in html
    assert "style=" not in html, "the content security policy forbids inline styles"
    assert "Light" not in render_cover(Title(title="Light & shade", subject="7"), 58)
    assert 'class="m slip"><span>黄<br>叶<br>村</span><span>读<br>书<br>记</span></span>' in render_cover(
        Title(title="黄叶村读书记", subject="I")
    )


def test_picture_is_placed_over_the_drawn_cover_and_served_by_the_hub(world: World, client: Client) -> None:
    mark = hub_store().put(encode_cover(picture()))
    title = world.dune.title
    Title.objects.filter(pk=title.pk).update(cover=mark)
    html = render_cover(covers_by_title([title.pk])[title.pk], 58)
    assert f'src="/covers/{mark}.webp"' in html
    assert "<svg" in html
    answer = client.get(f"/covers/{mark}.webp")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/webp"
    assert "immutable" in answer["Cache-Control"]


@pytest.mark.parametrize("mark", ["0" * 32, "../../hub.sqlite3", "ABC"])
def test_unknown_picture_is_not_found(client: Client, db: None, mark: str) -> None:
    assert client.get(f"/covers/{mark}.webp").status_code == 404


def test_damaged_picture_is_not_served(client: Client, db: None) -> None:
    store = hub_store()
    mark = store.put(encode_cover(picture(seed=8)))
    store.path(mark).write_bytes(b"torn")
    assert client.get(f"/covers/{mark}.webp").status_code == 404
    assert not store.path(mark).exists()


def test_figure_varies_in_size_and_side_by_title() -> None:
    found = {render_cover(Title(title=f"Title {n}", subject="1")).partition("transform=")[2][:60] for n in range(40)}
    assert len(found) > 8
    assert any("scale(-1 1)" in each for each in found)
    upright = [render_cover(Title(title=f"Title {n}", subject="8")) for n in range(40)]
    assert not any("scale(-1 1)" in each for each in upright), "lines of verse are never mirrored"

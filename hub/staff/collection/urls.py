"""Map the URLs of the pages on which staff keep the collection."""

from django.urls import URLPattern, path

from hub.staff.collection import pages, undo

app_name = "collection"
urlpatterns: list[URLPattern] = [
    path("staff/collection/add/", pages.add, name="add"),
    path("staff/collection/titles/<int:pk>/", pages.edit_title, name="edit_title"),
    path("staff/collection/titles/<int:pk>/items/", pages.new_item, name="new_item"),
    path("staff/collection/items/<int:pk>/", pages.edit_item, name="edit_item"),
    path("staff/collection/items/<int:pk>/withdraw/", pages.withdraw, name="withdraw"),
    path("staff/collection/items/<int:pk>/restore/", pages.restore, name="restore"),
    path("staff/collection/undo/", undo.undo, name="undo"),
]

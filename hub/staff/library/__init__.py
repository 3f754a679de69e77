"""Staff pages by which a library sets itself up: closed days, branches, item types, patron categories, staff."""

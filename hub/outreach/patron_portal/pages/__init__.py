"""The patron's pages, by subject; none of them knows how a patron got in."""

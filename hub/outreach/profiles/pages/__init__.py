"""The staff pages of the patrons' records: the record, the lists, registering, export and erasing."""

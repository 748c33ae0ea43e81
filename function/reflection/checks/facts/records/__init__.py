"""Questions over records: conditions, a field and an aggregate."""

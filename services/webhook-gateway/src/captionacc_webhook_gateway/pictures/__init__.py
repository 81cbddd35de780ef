"""Pictures for people: where they lie in the object store, for as long as an address works."""

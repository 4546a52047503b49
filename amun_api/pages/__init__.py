"""Pages for people. They need no script and no address outside this service."""

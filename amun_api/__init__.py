"""The door: parses what is asked, stores it, answers. It builds and measures nothing."""

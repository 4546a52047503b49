"""Real servers and engines for the tests."""

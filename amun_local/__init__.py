"""The whole service on one machine: starts, watches and stops the other packages as processes."""

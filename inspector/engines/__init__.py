"""The engines: how an environment is made and how a run is started on this host."""

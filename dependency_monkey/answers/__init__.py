"""Questions about the space of valid stacks, each verb in a module of its own."""

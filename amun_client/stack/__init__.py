"""Questions about the space of valid stacks: asked of a process of this machine, told to a person."""

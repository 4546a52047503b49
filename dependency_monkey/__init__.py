"""Which stacks are valid, and how stacks that are compared are made alike."""

"""Package indexes: what they offer, read politely, remembered for ever, frozen as a snapshot."""

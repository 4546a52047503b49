"""What the convolutions share: their geometry, their check, and each framework's part."""

"""What the operator reads of all processes together."""

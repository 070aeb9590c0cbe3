"""What the operator controls, stored for all processes."""

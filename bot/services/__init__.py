"""What the commands may ask for."""

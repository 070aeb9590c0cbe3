"""What the operator sees and decides, for the command line and the console."""

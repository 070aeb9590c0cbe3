"""How progress and results reach the person who asked."""

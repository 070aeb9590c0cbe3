"""Pictures: what their bytes are, and how they are made to fit."""

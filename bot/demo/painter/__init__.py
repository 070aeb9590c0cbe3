"""Paint a picture for a prompt, without a model."""

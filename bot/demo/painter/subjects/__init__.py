"""What stands in a scene: figures, animals, buildings and traffic."""

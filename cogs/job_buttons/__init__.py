"""The buttons on the cards of jobs."""

"""The buttons of jobs and of single pictures, and who may use them."""

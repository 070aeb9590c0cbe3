"""The texts: a folder for each language, with a file for each topic."""

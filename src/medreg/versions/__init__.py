"""Versions: pin, move, prove and bring back. The only room that runs git and DVC."""

"""Masks: what a person or a model drew on an image, whatever file it was kept in."""

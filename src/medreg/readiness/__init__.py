"""Readiness: tell whether a series is fit to learn from, as it lies in somebody's folder."""

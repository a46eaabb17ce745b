"""Engines on real clusters."""

"""Standardized uptake values: what a PET series' headers say, the factor, the volume.

`facts` reads headers, `factor` decides (pure), `volume` applies, `study` finds what lies together.
"""

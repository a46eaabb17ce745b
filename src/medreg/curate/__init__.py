"""Decide, in tables and before a voxel is read, what a combined training set is made of."""

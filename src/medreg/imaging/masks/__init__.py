"""Masks: what a person or a model drew on an image, whatever file it was kept in.

One module for each kind of file (`seg`, `rtstruct`, `lidc`, `coca`, `labels`, `png`) draws
`structures` on the grid of an `image`; `identity` and `named` tell which image it was, `rules`
and `merge` make one label map of them, `write` a file.
"""

"""Files: hash, lock, pack, read archives in place, write whole or not at all.

`archive` shows a raw folder as a tree, `zips`, `tars` and `streams` read in place, `bombs` and
`names` refuse what harms; `atomic`, `lock` and `pack` write; `hashing` and `manifest` prove.
"""

"""Versions: pin, move, prove and bring back. The only room that runs git and DVC.

`git` and `dvc` say what is asked of each; `outs`, `objects` and `holes` what is recorded, moved
and missing; `release`, `diff` and `steps` make versions; `push`, `tiers` and `evict` place bytes;
`pull`, `reproduce` and `rebuild` bring them back; `pin`, `models` and `loaded` serve who trains;
`withdraw` takes out.
"""

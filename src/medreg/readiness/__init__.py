"""Readiness: tell whether a series is fit to learn from, as it lies in somebody's folder.

`mess`, `read` and `gather` turn files into `facts`, the modules named `..._check` and
`..._checks` judge them by a `profile`, `validate` asks all of them; `prints` finds scans again.
"""

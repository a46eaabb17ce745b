"""First drafts of plugins: from nothing, a folder, or what an archive says of a dataset.

`origins` lists where a draft may come from, one module each; `scans`, `volumes` and `pictures`
guess layouts, `labels` what masks hold, `said` and `words` what others' words mean; `write`
writes it.
"""

from medreg.plugins.draft.scaffold import scaffold
from medreg.plugins.draft.write import Draft, check_name, files, snake, source

__all__ = ["Draft", "check_name", "files", "scaffold", "snake", "source"]

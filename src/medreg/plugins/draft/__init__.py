"""First drafts of plugins: from nothing, a folder, or what an archive says of a dataset."""

from medreg.plugins.draft.scaffold import scaffold
from medreg.plugins.draft.write import Draft, check_name, files, snake, source

__all__ = ["Draft", "check_name", "files", "scaffold", "snake", "source"]

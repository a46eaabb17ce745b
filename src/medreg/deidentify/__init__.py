"""De-identification by the basic profile of DICOM PS3.15 Annex E, with three of its options.

`table` is the standard's list, `clean` rewrites one header, `mapping` holds the secret that joins
old names to new ones, `signs` looks for what headers cannot clean, `folder` does all of a folder.
"""

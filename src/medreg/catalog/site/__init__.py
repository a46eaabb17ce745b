"""The catalog as static pages: one for each dataset, set, model and label, and an index to search.

Every page is a pure function of what it is handed: tables, declarations, pictures. `api.site`
gathers that; `shell` is what all pages have around their content.
"""

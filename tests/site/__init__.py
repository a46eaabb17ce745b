"""The site: its pages, the viewer, `medreg serve`."""  # noqa: A005 - nobody imports it from here

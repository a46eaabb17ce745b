"""Keep pytest away from the fixtures: importing one would put it on ``sys.path``, as installed."""

collect_ignore_glob = ["*"]

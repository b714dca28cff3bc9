"""Everything with a side effect: the command line, the HTTP service, files and the clock."""

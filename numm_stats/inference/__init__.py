"""A workspace becomes a limit: likelihood, fits, test statistics and limits of any pyhf workspace."""

"""The directory as CSV: seven kinds of files, imported with a dry run; an export comes back unchanged."""

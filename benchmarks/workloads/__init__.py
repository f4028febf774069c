"""One file for each workload, with all its versions."""

"""Many recordings: read by the workers of a Dask cluster, kept in a folder as each is done."""

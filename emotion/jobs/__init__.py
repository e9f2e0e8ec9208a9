"""Long work: on every core, with progress, in processes of its own."""

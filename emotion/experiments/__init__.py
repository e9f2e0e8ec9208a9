"""Cross-validated experiments: recognisers trained and tested fold by fold."""

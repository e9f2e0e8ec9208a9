"""Recordings under review: uploads, the queue that reads them, and what is shown of them."""

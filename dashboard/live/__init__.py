"""The live call: capture in the browser, its way to the server, and what is shown of it."""

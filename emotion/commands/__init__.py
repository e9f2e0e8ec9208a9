"""The command line: `rapport`, or `python -m emotion`.

Each command imports what it needs when it runs, so that `--help` waits for nothing and
reading a recording never loads what training needs.
"""

"""The dashboard as a service: `python -m dashboard`, with the options of `streamlit run`.

As `streamlit run app.py`, and besides: the models are loaded at once and not for the first user,
health and figures are served on a port of their own, and when it is asked to stop it ends with
status 0 however far its start has come.
"""

import sys
import threading

from dashboard import draining, memory


def main() -> None:
    """Run the dashboard until it is asked to stop."""
    draining.hold()
    memory.bound()
    # Only now: these start threads.
    from streamlit.web import cli

    from dashboard import entry

    entry.check(sys.argv[1:])
    from dashboard import health, resources
    from emotion.errors import RapportError

    try:
        draining.on_sigterm(resources.begun)
        state = health.from_environment()
    except RapportError as error:
        sys.exit(str(error))

    def load() -> None:
        calls, _ = resources.live()
        state.loaded(calls)

    threading.Thread(target=load, name="rapport-loading", daemon=True).start()
    cli.main(["run", str(entry.APPLICATION), *sys.argv[1:]], prog_name="python -m dashboard")


if __name__ == "__main__":
    main()

"""The dashboard: `streamlit run app.py`."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import draining, entry, frame

if get_script_run_ctx(suppress_warning=True) is None:
    # The server starts with it, and runs this file again for each page that is shown.
    entry.refuse()
    draining.refuse()
    # Only now: a server that is refused need not load anything first.
    from streamlit.components.v2 import manifest_scanner
    from streamlit.runtime.pages_manager import PagesManager
    from streamlit.starlette import App

    from dashboard import another_server, lifespan, memory, resources
    from dashboard.review.routes import routes

    memory.bound()
    # A link straight to a page of a fresh server would else list the files of `pages/`.
    PagesManager.uses_pages_directory = False
    # Rapport's components are its own. For those of others Streamlit reads, before it answers, what
    # every installed package says of itself, some 200 of them.
    manifest_scanner.scan_component_manifests = lambda max_workers=None: []
    base = st.get_option("server.baseUrlPath")
    app = App(
        __file__,
        routes=[*routes(resources.desks, base), another_server.route(resources.begun, base)],
        lifespan=lifespan.running,
    )
else:
    frame.run()

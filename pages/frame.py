"""What surrounds every page: name, navigation and style."""

from collections.abc import Callable

import streamlit as st

from pages import markup

_LOGO = """<svg xmlns="http://www.w3.org/2000/svg" width="150" height="32" viewBox="0 0 150 32">
<rect x="1" y="3" width="19" height="15" rx="4" fill="#0F766E"/>
<path d="M5 17v6l7-6z" fill="#0F766E"/>
<rect x="13" y="10" width="19" height="15" rx="4" fill="#5FB3A9" fill-opacity="0.9"/>
<path d="M28 24v6l-7-6z" fill="#5FB3A9" fill-opacity="0.9"/>
<text x="42" y="24" font-family="Source Sans Pro, Segoe UI, Helvetica, Arial, sans-serif"
 font-size="24" font-weight="700" fill="#1F2933">Rapport</text></svg>"""


class _Frame:
    """Whether the dashboard has been entered through its navigation."""

    entered = False


def show() -> None:
    """Show the frame and, within it, the page that the address names."""
    _Frame.entered = True
    page = st.navigation(
        [
            st.Page(
                "pages/live_call.py", title="Live call", icon=":material/videocam:", default=True
            ),
            st.Page(
                "pages/review_recording.py", title="Review a recording", icon=":material/movie:"
            ),
            st.Page(
                "pages/model_evaluation.py", title="Model evaluation", icon=":material/monitoring:"
            ),
        ],
        position="top",
    )
    st.set_page_config(
        page_title=f"{page.title} · Rapport", page_icon=":material/forum:", layout="wide"
    )
    st.logo(_LOGO, size="large")
    st.html(markup.STYLE)
    page.run()


def enter(page: Callable[[], None]) -> None:
    """Show a page, within the frame.

    Until `st.navigation` has been called once after a start of the server, Streamlit
    takes the folder `pages` for an app of its older kind and runs the page of an
    address by itself. Then the frame has to come first, and runs the page again.
    """
    if _Frame.entered:
        page()
    else:
        show()

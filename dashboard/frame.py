"""What surrounds every page: its name, the logo and the style."""

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard import batches, entry, markup, sessions

_LOGO = """<svg xmlns="http://www.w3.org/2000/svg" width="150" height="32" viewBox="0 0 150 32">
<rect x="1" y="3" width="19" height="15" rx="4" fill="#0F766E"/>
<path d="M5 17v6l7-6z" fill="#0F766E"/>
<rect x="13" y="10" width="19" height="15" rx="4" fill="#5FB3A9" fill-opacity="0.9"/>
<path d="M28 24v6l-7-6z" fill="#5FB3A9" fill-opacity="0.9"/>
<text x="42" y="24" font-family="Source Sans Pro, Segoe UI, Helvetica, Arial, sans-serif"
 font-size="24" font-weight="700" fill="#25897F">Rapport</text></svg>"""


_ICON = """<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32" viewBox="0 0 32 32">
<rect x="1" y="3" width="19" height="15" rx="4" fill="#0F766E"/>
<path d="M5 17v6l7-6z" fill="#0F766E"/>
<rect x="13" y="10" width="19" height="15" rx="4" fill="#5FB3A9" fill-opacity="0.9"/>
<path d="M28 24v6l-7-6z" fill="#5FB3A9" fill-opacity="0.9"/></svg>"""
"""Of the browser's tab. One of Streamlit's own would be fetched from Google by each page."""


def run() -> None:
    """Show the list of pages, and run the one that the address names."""
    # Before the list of pages, of which each has an icon that would be fetched.
    st.set_page_config(page_icon=_ICON)
    _navigation().run()


def _navigation() -> StreamlitPage:
    """The list of pages at the top; gives the one that the address names."""
    pages = [
        st.Page("pages/watch_call.py", title="Live call", icon=":material/videocam:", default=True),
        st.Page("pages/review_recording.py", title="Review recordings", icon=":material/movie:"),
        st.Page("pages/history.py", title="History", icon=":material/history:"),
        st.Page("pages/label_calls.py", title="Label calls", icon=":material/rate_review:"),
        st.Page(
            "pages/model_evaluation.py", title="Model evaluation", icon=":material/monitoring:"
        ),
    ]
    if batches.folder() is not None:
        pages.append(st.Page("pages/batch_progress.py", title="Batch", icon=":material/stacks:"))
    return st.navigation(pages, position="top")


def begin(title: str) -> None:
    """Begin a page; to be called before anything of it is drawn.

    Nothing else of it is drawn for whoever may not see it.

    Args:
        title: Of the page.
    """
    sessions.enter()
    st.set_page_config(page_title=f"{title} · Rapport", page_icon=_ICON, layout="wide")
    st.logo(_LOGO, size="large")
    st.html(markup.STYLE)
    if not entry.granted():
        st.stop()
    entry.sign_out()
    st.title(title, anchor=False)

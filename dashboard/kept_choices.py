"""What is chosen in a form, kept while the form is not shown.

Streamlit forgets the value of a widget that one run of its page does not draw, and a user who
looks at another view for a moment should not have to choose anew.
"""

from collections.abc import Sequence
from typing import Any

import streamlit as st

_KEPT = "kept-"


def restore(key: str, options: Sequence[Any]) -> None:
    """Put what was chosen last back into a widget, before it is drawn.

    Args:
        key: Of the widget, whose value is one of the options.
        options: What can be chosen now, the first of them where nothing was; what was chosen may
            be among them no longer.
    """
    if st.session_state.get(key) in options:
        return
    kept = st.session_state.get(_KEPT + key)
    if kept in options:
        st.session_state[key] = kept
    elif options:
        st.session_state[key] = options[0]
    else:
        st.session_state.pop(key, None)


def keep(key: str) -> None:
    """Remember what is chosen in a widget, after it was drawn.

    Args:
        key: Of the widget.
    """
    st.session_state[_KEPT + key] = st.session_state.get(key)

"""The dashboard: `streamlit run app.py`."""

import streamlit as st

st.navigation(
    [
        st.Page("pages/live_call.py", title="Live call", icon=":material/videocam:", default=True),
        st.Page("pages/review_recording.py", title="Review a recording", icon=":material/movie:"),
        st.Page("pages/history.py", title="History", icon=":material/history:"),
        st.Page(
            "pages/model_evaluation.py", title="Model evaluation", icon=":material/monitoring:"
        ),
    ],
    position="top",
).run()

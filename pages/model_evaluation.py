"""Model evaluation: reports, running another one, and what is shipped."""

import streamlit as st

from dashboard import (
    evaluation_form,
    evaluation_job,
    evaluation_reports,
    frame,
    model_cards,
    wording,
)
from dashboard.evaluation_form import VIEW, VIEWS


def page() -> None:
    """The whole page."""
    frame.begin("Model evaluation")
    job = evaluation_job.job()
    view = st.segmented_control(
        "View", VIEWS, default=VIEWS[0], key=VIEW, label_visibility="collapsed"
    )
    running = job.state()
    if running is not None and running.status == "running" and view != VIEWS[1]:
        st.caption(f":material/hourglass_empty: Running: {wording.plain(running.title)}")
    if view == VIEWS[1]:
        evaluation_form.page(job)
    elif view == VIEWS[2]:
        model_cards.page()
    else:
        evaluation_reports.page(job)


page()

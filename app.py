"""The dashboard: `streamlit run app.py`."""

from pages import frame

frame.show()

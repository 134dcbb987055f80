"""The Streamlit code that pages share: caching, widgets, charts and jobs."""

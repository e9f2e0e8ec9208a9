"""Rapport: how a customer feels, from face and voice together, as a call runs.

Frames and samples with timestamps go into a `emotion.conversation.call.Call`; readings come
out. A live call, a recording and a data set all push into that same object.
"""

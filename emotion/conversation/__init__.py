"""A conversation: frames and samples go into a call, and what was felt and by whom comes out.

`call` is the streaming core; `live_call` and `analysis` push into it what a camera or a recording
gives, `participants` and `talk` say who was there and who spoke, `key_moments` what mattered.
"""

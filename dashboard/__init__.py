"""What the pages share: charts, words, style, connections and jobs.

Pages depend on the dashboard, the dashboard on `emotion`, never the other way round.
"""

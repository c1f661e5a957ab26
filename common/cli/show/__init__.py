"""What the commands print and draw.

`output` has the streams, `plain` what all tables and lines are made of, and `columns` how they fit a terminal. The
other files are named after what they show: `tables`, `side_by_side`, `conversion`, `predictions`, `evaluation`,
`comparison`, `steps`, `scores` and `verdict` print; `curves`, `confusion` and `sheet` draw, with the help of `figures`.
"""

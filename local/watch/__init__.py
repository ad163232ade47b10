"""What CloudWatch makes of a function's lines: metrics, and the states of alarms.

The embedded AWS reads no metric out of a log, and evaluates an alarm without looking at dimensions, periods and missing
values. Here both are done as AWS documents it, for what the kit uses; anything else is left undecided, and named.
"""

"""The front door: stands for API Gateway and Lambda, in front of what is deployed on the embedded AWS.

It runs the code and the environment of the deployed functions, fetched from there, under a Lambda Runtime API of
its own, because the embedded AWS has neither response streaming nor the managed runtime's wrapper script.
"""

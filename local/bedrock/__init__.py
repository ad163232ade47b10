"""Stand-ins for the AWS endpoints that the functions call: bedrock-mantle, bedrock-runtime and STS.

They answer over TLS on loopback, told apart by the Host header, and verify every signature with botocore.
"""

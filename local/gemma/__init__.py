"""A small real Gemma on this machine, for whoever asks for it: `make up MODEL=gemma`.

It answers for the models of the deployment in place of the deterministic stand-in, behind the same rules. Gemma 4 is
in no registry of packages; what is there is the base model of Gemma 3 with 270 million parameters.
"""

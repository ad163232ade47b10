"""How the app is run: in one process or in two, each beside a Node that CDK runs in."""

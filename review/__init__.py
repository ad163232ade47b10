"""Reviews what will be deployed: CloudFormation templates in, findings with their evidence out.

It works on any cloud assembly or folder of templates, and knows nothing of what wrote them.
"""

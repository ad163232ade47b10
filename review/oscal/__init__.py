"""The review as OSCAL: a component definition, and assessment results. https://pages.nist.gov/OSCAL/"""

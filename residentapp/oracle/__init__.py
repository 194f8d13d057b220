"""The rules as a tool for other vendors: ``residentapp oracle`` answers what the right answer would be.

The functions asked are the very ones that the screens and batches use; there is no second copy of a rule.
"""

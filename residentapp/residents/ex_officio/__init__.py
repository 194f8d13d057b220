"""職権記録書 and 職権記載等通知書: what was changed by 職権, on what it rested, and the papers about it.

The changes themselves go the road of every change (:mod:`residentapp.residents.changes`); here stands only what the
register does not hold of them.
"""

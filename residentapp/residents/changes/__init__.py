"""異動: every change of the register except move-in, each a small addition to one road.

A kind of change is a :class:`~residentapp.residents.changes.spec.ChangeSpec`: what it asks for, its rules (facts in,
findings out) and its plan (facts in, effects out). Who may enter it, the screens, drafts, provisional registration,
approval, history, remarks, messages and search keys come from the road and are written once.
"""

"""仮登録から本登録まで: the one road that every change of the register goes (RR-4.0.8, RR-4.0.9).

A *case* is one entry from the first key to the register: draft, provisional registration, approval by another officer,
or its return or withdrawal. What is entered and what it does to the register is a *procedure*: move-in is one, every
other change another (:mod:`residentapp.residents.cases.procedure`).
"""

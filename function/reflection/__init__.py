"""The reflection loop: draft, check, reflect, refine, keep the best.

Begin in :mod:`~function.reflection.loop`. It has ``choices`` score given answers, or ``drafting``
write one; ``answer`` is what they make, with its checks and its confidence, and ``listener`` shows
it while it is written. ``prompt`` is what the model reads, ``checks`` what is wrong with an answer,
``confidence`` the signals of how sure it is, ``diets`` what guests must not have, and ``text``
words and sentences.
"""

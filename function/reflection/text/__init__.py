"""Words, sentences and languages of a text.

``words`` folds texts for comparison and finds their language, ``phrases`` finds many phrases at
once, ``sentences`` counts and parts. ``request_text`` and ``source_text`` give the texts that a
request holds; ``disguises`` and ``stutters`` see hidden orders and loops.
"""

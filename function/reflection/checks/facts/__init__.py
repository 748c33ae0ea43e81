"""Verifiers of answers over the facts of a request: certain, or silent.

Begin in :mod:`~function.reflection.checks.facts.verify`: its tables list the verifiers of text,
each with an example, in the order in which they are asked. The first that is certain makes the one
demand on the answer (:class:`~function.reflection.checks.facts.expected.Expected`); ``triggers``
has the words that spare asking most of them.

- ``records``: a question over records. ``query`` reads it over each of the ``tables``
  (``reading``) into ``conditions``, a field and an aggregate (``aggregates``), and demands the
  answer (``demands``); ``lookup`` finds one record by its values or its place, ``matching`` those
  for a JSON answer, also by what has to fit in.
- ``asked_fact`` (the one fact that a question names), ``recorded``, ``deduced``, ``yes_or_no``:
  a question for a value. ``earlier_turns``: one that refers back to what was said before.
- ``differences``: what one of two lists or records has, and the other has not.
- ``texts``: what stands as text: ``written_tables``, ``log_lines``, ``statements`` of instructions
  and facts, ``how_to``, an ``account`` of all facts, the ``purpose`` of the assistant, and the
  ``fields`` of a JSON answer that a text has (with ``names`` and ``numbers``).
- ``rules``: ``breaches`` (which records break one), ``stated_rules`` (whether it is met), both
  asked by ``compliance``. ``decided`` holds a choice against these, ``ranges`` and ``conditions``.
- ``absence``: that the facts do not say what is asked for: no fact is of its kind (``untold``),
  it stands there empty or of another (``absent``), it is a phone number, a role
  (``particulars``).
- ``records_only``: a question where nothing but the records may be used.
- ``forms``: the ``form`` that a question demands, ``layouts`` such as CSV, and ``listing`` for what
  a demanded list holds.
- ``stated_fields``: the fields of a JSON answer that facts decide.
- ``faults``: what becomes of an error in any of them.

The rest reads: ``question``, ``parsed_text``, ``vocabulary``, ``tables``, ``amounts``,
``comparisons``, ``superlatives``, ``states``.
"""

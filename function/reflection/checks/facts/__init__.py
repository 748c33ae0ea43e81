"""Verifiers of answers over the facts of a request: certain, or silent.

Begin in :mod:`~function.reflection.checks.facts.verify`: it asks the verifiers of text one after
the other, and the first that is certain makes the one demand on the answer
(:class:`~function.reflection.checks.facts.expected.Expected`).

- A question over records: ``record_query`` reads it over each of the ``record_tables``
  (``record_reading``) into ``record_conditions``, a field and an aggregate (``aggregates``), and
  demands the answer (``record_demands``); ``record_lookup`` finds one record by its place.
- A question for a value: ``asked_fact`` (of the one fact it names), ``recorded``, ``deduced``,
  ``yes_or_no``.
- A question that refers back to what was said before: ``earlier_turns``.
- What stands as text: ``written_tables``, ``bullets``, ``log_lines``, ``reported``, and in the
  instructions ``told`` and ``purpose``.
- A rule: ``breaches`` (which records break it), ``stated_rules`` (whether it is met), both asked
  by ``compliance``.
- What the facts do not tell: ``untold``, ``absent``, ``particulars``, ``variants``.
- The form of a text: ``form``, and ``listing`` for what a demanded list holds.
- Choices: ``decided`` (by ``ranges``, ``conditions``, ``stated_rules``); JSON: ``stated_fields``.

The rest reads: ``question``, ``vocabulary``, ``tables``, ``amounts``, ``measured``,
``comparisons``, ``superlatives``, ``states``.
"""

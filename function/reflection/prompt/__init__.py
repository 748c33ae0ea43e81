"""Prompts: what is shown to a model, cut to its window.

Begin in :mod:`~function.reflection.prompt.prompts`, which asks a question about the ``facts`` that
the context becomes, or in ``choice_prompts``, which has choices scored. ``truncation`` cuts texts,
``format_examples`` takes examples out of them.

Before that orders of strangers are left out: those to the model anywhere by ``screening``
(``orders_to_model``, by the ``order_patterns``), and all in texts that only report a case by
``injection``. Both ask ``injected_instructions`` what an order is.
"""

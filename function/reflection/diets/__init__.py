"""Foods, dishes and what guests must not have.

Begin in :mod:`~function.reflection.diets.diets`: it holds each dish of a menu (``dishes``) against
the ``restrictions`` of the guests. ``foods`` finds the words of ``food_groups`` in a text, and
``questions`` answers whether one dish is, say, vegan.
"""

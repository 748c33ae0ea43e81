"""LLGuidance, the grammar library inside llama.cpp, called outside of the engine's loop.

The engine compiles a grammar in the loop that decodes all answers and does not report what it
could not use. The same code, of the library that is loaded already, reports both beforehand, in the
thread of the request and without the interpreter's lock.
"""

from __future__ import annotations

import ctypes
import time
from typing import Any, NamedTuple

MESSAGE_BYTES = 4_000
BYTES = 256


class Verdict(NamedTuple):
    """What LLGuidance says of a grammar: an error or warnings, and the processor time it took."""

    error: str
    warnings: str
    seconds: float


class _Limits(ctypes.Structure):
    _fields_ = [
        ("max_items_in_row", ctypes.c_size_t),
        ("initial_lexer_fuel", ctypes.c_uint64),
        ("step_lexer_fuel", ctypes.c_uint64),
        ("step_max_items", ctypes.c_size_t),
        ("max_lexer_states", ctypes.c_size_t),
        ("max_grammar_size", ctypes.c_size_t),
        ("precompute_large_lexemes", ctypes.c_bool),
        ("verbose_errors", ctypes.c_bool),
    ]


class _ConstraintInit(ctypes.Structure):
    _fields_ = [
        ("tokenizer", ctypes.c_void_p),
        ("log_buffer_level", ctypes.c_uint32),
        ("log_stderr_level", ctypes.c_uint32),
        ("ff_tokens_ok", ctypes.c_bool),
        ("backtrack_ok", ctypes.c_bool),
        ("limits", _Limits),
    ]


class _TokenizerInit(ctypes.Structure):
    _fields_ = [
        ("vocab_size", ctypes.c_uint32),
        ("tok_eos", ctypes.c_uint32),
        ("token_lens", ctypes.POINTER(ctypes.c_uint32)),
        ("token_bytes", ctypes.c_char_p),
        ("tokenizer_json", ctypes.c_char_p),
        ("tokenize_assumes_string", ctypes.c_bool),
        ("tokenize_fn", ctypes.c_void_p),
        ("use_approximate_greedy_tokenize_fn", ctypes.c_bool),
        ("tokenize_user_data", ctypes.c_void_p),
        ("slices", ctypes.c_void_p),
    ]


class LlGuidance:
    """The compiler of grammars, with a vocabulary of single bytes. Safe for many threads.

    :raises AttributeError: the library does not export it.
    :raises RuntimeError: its interface is not the one known here.
    """

    def __init__(self) -> None:
        import xllamacpp.xllamacpp  # here, because its 100 MB belong to the engine alone

        library = ctypes.CDLL(xllamacpp.xllamacpp.__file__)
        self._validate = library.llg_validate_grammar
        self._validate.restype = ctypes.c_int32
        self._new_matcher = library.llg_new_matcher
        self._new_matcher.restype = ctypes.c_void_p
        self._compute_mask = library.llg_matcher_compute_mask
        self._compute_mask.argtypes = [ctypes.c_void_p]
        self._error_of = library.llg_matcher_get_error
        self._error_of.argtypes, self._error_of.restype = [ctypes.c_void_p], ctypes.c_char_p
        self._free = library.llg_free_matcher
        self._free.argtypes, self._free.restype = [ctypes.c_void_p], None
        self._settings = _ConstraintInit()
        library.llg_constraint_init_set_defaults(
            ctypes.byref(self._settings), ctypes.c_void_p(_byte_tokenizer(library))
        )
        self._settings.log_stderr_level = self._settings.log_buffer_level = 0
        if self.judge('start: "a"').error or not self.judge("start: nothing").error:
            raise RuntimeError("another interface of LLGuidance")

    def judge(self, grammar: str) -> Verdict:
        """Compile a grammar as the engine would, up to the first token."""
        started = time.thread_time()
        text = grammar.encode()
        message = ctypes.create_string_buffer(MESSAGE_BYTES)
        settings = ctypes.byref(self._settings)
        result = self._validate(settings, b"lark", text, message, ctypes.c_size_t(MESSAGE_BYTES))
        said = message.value.decode("utf-8", "replace")
        error = said if result < 0 else self._first_step(settings, text)
        return Verdict(error, said if result > 0 else "", time.thread_time() - started)

    def _first_step(self, settings: Any, grammar: bytes) -> str:
        """Build the automaton of the texts, which validation leaves out; it may take longest."""
        matcher = self._new_matcher(settings, b"lark", grammar)
        try:
            self._compute_mask(matcher)
            return (self._error_of(matcher) or b"").decode("utf-8", "replace")
        finally:
            self._free(matcher)


def _byte_tokenizer(library: Any) -> int:
    """Return a tokenizer with a token for each byte and one that ends the text."""
    lengths = (ctypes.c_uint32 * (BYTES + 1))(*([1] * (BYTES + 1)))
    wanted = _TokenizerInit(
        vocab_size=BYTES + 1,
        tok_eos=BYTES,
        token_lens=lengths,
        token_bytes=bytes(range(BYTES)) + b"\xff",
        use_approximate_greedy_tokenize_fn=True,
    )
    library.llg_new_tokenizer.restype = ctypes.c_void_p
    problem = ctypes.create_string_buffer(MESSAGE_BYTES)
    made = library.llg_new_tokenizer(ctypes.byref(wanted), problem, ctypes.c_size_t(MESSAGE_BYTES))
    if not made:
        raise RuntimeError(problem.value.decode("utf-8", "replace"))
    return int(made)

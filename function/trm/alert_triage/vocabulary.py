"""Words of alert names, label values and sentences, and the pieces that a vocabulary has of them.

Pieces follow WordPiece (Wu et al., 2016): the longest known prefix, then `##` and the longest known
continuation, and so on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from function.trm.alert_triage.word_lists import words

VOCABULARY = "vocabulary.txt"

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_SEGMENT = re.compile(r"[A-Za-z0-9]+")
_GENERATED = re.compile(r"(?=.*\d)[a-z0-9]{4,}|[bcdfghjklmnpqrstvwxz]{5,}")

COMPOUNDS = {
    "kube": ("kubernetes",),
    "ks": ("kustomization",),
    "err": ("error",),
    "oom": ("out", "of", "memory"),
    "oomkilled": ("out", "of", "memory", "killed"),
    "oomkill": ("out", "of", "memory", "kill"),
    "oomkiller": ("out", "of", "memory", "killer"),
    "pvc": ("persistent", "volume", "claim"),
    "pvcs": ("persistent", "volume", "claims"),
    "pv": ("persistent", "volume"),
    "persistentvolume": ("persistent", "volume"),
    "persistentvolumeclaim": ("persistent", "volume", "claim"),
    "volumeclaim": ("volume", "claim"),
    "volumename": ("volume", "name"),
    "claimname": ("claim", "name"),
    "statefulset": ("stateful", "set"),
    "statefulsets": ("stateful", "sets"),
    "daemonset": ("daemon", "set"),
    "daemonsets": ("daemon", "sets"),
    "replicaset": ("replica", "set"),
    "replicasset": ("replica", "set"),
    "helmrelease": ("helm", "release"),
    "gitrepository": ("git", "repository"),
    "gitrepo": ("git", "repository"),
    "repo": ("repository",),
    "kustomize": ("kustomization",),
    "crashloop": ("crash", "loop"),
    "crashlooping": ("crash", "looping"),
    "crashloopbackoff": ("crash", "loop", "back", "off"),
    "backoff": ("back", "off"),
    "imagepullbackoff": ("image", "pull", "back", "off"),
    "errimagepull": ("error", "image", "pull"),
    "cronjob": ("cron", "job"),
    "cronjobs": ("cron", "jobs"),
    "unready": ("not", "ready"),
    "nonready": ("not", "ready"),
    "unbound": ("not", "bound"),
    "unschedulable": ("not", "schedulable"),
    "unhealthy": ("not", "healthy"),
    "resourcename": ("resource", "name"),
    "customresource": ("custom", "resource"),
    "namespaces": ("namespace",),
    "horizontalpodautoscaler": ("horizontal", "autoscaler"),
    "hpa": ("horizontal", "autoscaler"),
}
"""Words that the world writes together, or short, and what they say."""

FILLERS = frozenset(words("fillers"))
"""Words of sentences that say nothing about an alert."""


def words_of(text: str) -> Iterator[str]:
    """Lower-case words; `KubePodOOMKilled` has six, generated parts such as `7d9f8b6c5` none."""
    for segment in _SEGMENT.findall(text.replace("K8s", "Kubernetes").replace("k8s", "kubernetes")):
        if _GENERATED.fullmatch(segment):
            continue
        for word in _WORD.findall(segment):
            lower = word.lower()
            if len(lower) > 1:
                yield from COMPOUNDS.get(lower, (lower,))


class Vocabulary:
    """Pieces by number; 0 stands for no piece."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = ("", *pieces)
        self._numbers = {piece: number for number, piece in enumerate(self.pieces) if piece}
        self.numbers_of = lru_cache(maxsize=65_536)(self._split)

    @classmethod
    def read(cls, folder: Path) -> Vocabulary:
        """Return the vocabulary that a network in `folder` was trained with."""
        text = (folder / VOCABULARY).read_text(encoding="utf-8")
        return cls(text.split("\n")[:-1])

    def write(self, folder: Path) -> None:
        text = "".join(piece + "\n" for piece in self.pieces[1:])
        (folder / VOCABULARY).write_text(text, encoding="utf-8")

    def _split(self, word: str) -> tuple[int, ...]:
        """Return the pieces of a lower-case word; none if a part of it is unknown."""
        found: list[int] = []
        start = 0
        while start < len(word):
            mark = "##" if start else ""
            for end in range(len(word), start, -1):
                number = self._numbers.get(mark + word[start:end])
                if number is not None:
                    break
            else:
                return ()
            found.append(number)
            start = end
        return tuple(found)

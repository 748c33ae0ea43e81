"""Files of repositories on the Hugging Face hub."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from function.errors import ModelUnavailable

REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
"""``owner/name``, as the hub writes it."""
LASTING_SECONDS = 60
"""``Retry-After`` where only an operator can fix it: a wrong name, a private repository."""


@dataclass(frozen=True)
class Hub:
    """Where files come from: the hub's address and the folder of downloads, if not the usual."""

    endpoint: str | None = None
    cache: Path | None = None

    def list_files(self, repository: str, revision: str | None = None) -> list[str]:
        """Return names of the files in a repository; without the network of those fetched before.

        :raises ModelUnavailable: no such repository, or neither reachable nor fetched before.
        """
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError

        try:
            # Not by list_repo_files, which tries for 24 s to reach a hub that is not there.
            info = HfApi(endpoint=self.endpoint).model_info(repository, revision=revision)
        except HfHubHTTPError as error:
            raise _refused(repository, error.response.status_code) from None
        except Exception as error:  # the errors of the library's transports have no base in common
            folder = self._fetched_before(repository, revision, error)
            return [path.relative_to(folder).as_posix() for path in folder.rglob("*")]
        return [file.rfilename for file in info.siblings or ()]

    def fetch(self, repository: str, patterns: Sequence[str], revision: str | None = None) -> Path:
        """Return the folder with those files of a repository whose names match one of the patterns.

        :raises ModelUnavailable: see :meth:`list_files`.
        """
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError

        try:
            folder = snapshot_download(
                repository,
                revision=revision,
                allow_patterns=list(patterns),
                cache_dir=self.cache,
                endpoint=self.endpoint,
            )
        except HfHubHTTPError as error:
            raise _refused(repository, error.response.status_code) from None
        except Exception as error:
            return self._fetched_before(repository, revision, error, patterns)
        return Path(folder)

    def _fetched_before(
        self,
        repository: str,
        revision: str | None,
        error: Exception,
        patterns: Sequence[str] | None = None,
    ) -> Path:
        """Return the folder of an earlier download; with patterns only one that lacks none of
        those."""
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import IncompleteSnapshotError

        try:
            folder = snapshot_download(
                repository,
                revision=revision,
                cache_dir=self.cache,
                local_files_only=True,
                allow_patterns=None if patterns is None else list(patterns),
            )
        except IncompleteSnapshotError as partial:
            if patterns is None and partial.snapshot_path is not None:
                return Path(partial.snapshot_path)
        except OSError:
            pass
        else:
            return Path(folder)
        reason = f"the hub cannot be reached ({type(error).__name__})"
        raise ModelUnavailable(f"{reason}, and {repository} was never fetched before") from None


def _refused(repository: str, status: int) -> ModelUnavailable:
    message = f"the hub answers {status} for {repository}: no such repository, or not public"
    return ModelUnavailable(message, LASTING_SECONDS, f"status {status}")

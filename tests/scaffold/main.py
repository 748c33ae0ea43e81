"""What the func CLI puts around the function for ``func build`` and ``func run --builder=host``."""

import logging

from func_python.cloudevent import serve  # type: ignore[import-untyped]

logging.basicConfig(level=logging.INFO)

from function import new  # noqa: E402  the scaffolding, too, imports it last

if __name__ == "__main__":
    logging.info("starting the function instance")
    serve(new)

"""The pytest options of the kit. They live here because pytest reads no options from a package.

``pytest --pyargs syncprims.conformance --primitives NAME`` runs the conformance suite.
"""

from __future__ import annotations

import os

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("syncprims")
    group.addoption(
        "--primitives",
        metavar="NAME",
        default="syncprims",
        help="implementation for syncprims.conformance: syncprims, stdlib or an importable module",
    )
    group.addoption(
        "--conformance-json",
        metavar="FILE",
        help="write what came of each requirement to FILE",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "requirement(id, ...): the requirement of syncprims.conformance it stands for"
    )
    path = config.getoption("--conformance-json")
    if path:
        from syncprims.conformance.report import Recorder, as_json

        try:
            os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        except OSError as error:
            raise pytest.UsageError(f"--conformance-json: cannot write {path}: {error}") from None

        class Writer(Recorder):
            def pytest_sessionfinish(self) -> None:
                recording = self.recording(str(config.getoption("--primitives")))
                with open(path, "w", encoding="utf-8") as file:
                    file.write(as_json([recording]))

        config.pluginmanager.register(Writer())

"""The programs and files that Kaipiao needs beside its Python packages: found, or else built.

Each is looked for in this order: the setting that names it, the project's cache folder (the file name
carries the version), `PATH` if the version there fits; then it is built or installed into the cache.
`python -m infra.parts` shows where each was found, `... setup` and `... setup-test` prepare them.
"""

from infra.parts.errors import PartFailed, PartMissing
from infra.parts.java import maven_classpath, test_server
from infra.parts.node import font_folder, node_packages, web_assets
from infra.parts.postgres import postgres
from infra.parts.programs import temporal, versitygw
from infra.parts.system import chromium

__all__ = [
    "PartFailed",
    "PartMissing",
    "chromium",
    "font_folder",
    "maven_classpath",
    "node_packages",
    "postgres",
    "temporal",
    "test_server",
    "versitygw",
    "web_assets",
]

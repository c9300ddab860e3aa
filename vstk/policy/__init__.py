"""The policy: the document that a privacy officer approves before an audit runs.

A policy is read strictly. An unknown key, a repeated key, an inexact number or a
missing privacy parameter is an error. Privacy parameters have no defaults in the
code: each one must be written in the document that was approved.

`model` and `privacy` hold the sections and their checks, `files` finds and loads a document,
`version_1` converts documents of the first format, `document` parses YAML, and
`reference` generates docs/reference/policy.md.
"""

from vstk.policy.document import read_document
from vstk.policy.files import find, load, names
from vstk.policy.model import Examples, Extract, Policy, Recognizer, Scrub, StoreRules
from vstk.policy.privacy import NewValues, Privacy, Segment, TableShare

__all__ = [
    "Examples",
    "Extract",
    "NewValues",
    "Policy",
    "Privacy",
    "Recognizer",
    "Scrub",
    "Segment",
    "StoreRules",
    "TableShare",
    "find",
    "load",
    "names",
    "read_document",
]

"""The instrument of an audit: verified weights, heads, question sheet, taxonomy and scrubber.

Everything is verified here, once, before a log is opened. An `Instrument` is small and can
be pickled: each worker builds its own scrubber and engine from it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from vstk import heads as heads_file
from vstk import registry, sandbox
from vstk import sheet as sheets
from vstk import taxonomy as taxonomies
from vstk.anonymiser import ner_jieba
from vstk.extract import Extractor, uncalibrated
from vstk.extract.fine_labels import Leaf, LeafFacet, Leaves
from vstk.extract.phrase_match import ExactPhrases
from vstk.facets import Facets
from vstk.pipeline.label_code import label_code
from vstk.pipeline.labeller import ConversationLabeller, pii_model, pipelines, presidio
from vstk.pipeline.model_choice import find_manifest, require_usable
from vstk.pipeline.table_catalogue import check_tables
from vstk.policy import Policy, Scrub
from vstk.types import Facet


@dataclass(frozen=True)
class Instrument:
    """The verified parts of one audit. Calling it builds a labeller in a worker process."""

    policy: Policy
    key: bytes
    """Secret of the keyed hashes, 32 bytes."""

    model: str
    """Manifest id of the weights."""

    weights: Path
    weights_sha256: str
    heads: Path | None
    heads_sha256: str | None
    words: Path | None
    """The naming model, by which leaves are found."""

    words_sha256: str | None
    sheet: sheets.Sheet
    taxonomy: taxonomies.Taxonomy
    lexicon: taxonomies.Words | None
    """Words that may be published as new values."""

    spacy: Mapping[str, Path]
    """Language -> folder of the pipeline that finds names in it."""

    spacy_sha256: Mapping[str, str]
    pii_model: Path | None
    """Folder of the PII model, if the policy names one."""

    pii_model_sha256: str | None

    @property
    def settings(self) -> dict[str, str]:
        """Everything that decides labels: name -> hash or version.

        A store whose labels were made with other settings is not resumed.
        """
        rules = self.policy.model_dump(mode="json", include={"scrub", "extract"})
        privacy = self.policy.privacy
        return {
            "code": label_code(),
            "model": self.weights_sha256,
            "heads": self.heads_sha256 or "none",
            "words": self.words_sha256 or "none",
            "sheet": self.sheet.label_hash,
            "taxonomy": self.taxonomy.hash,
            "lexicon": self.lexicon.hash if self.lexicon else "none",
            "spacy": self._pipelines_hash(),
            "rules": _digest(rules),
            "bounds": _digest(
                [
                    privacy.unit,
                    privacy.max_conversations_read,
                    privacy.period,
                    privacy.model_dump(mode="json")["segments"],
                ]
            ),
            # Which ids are the same person, and therefore all hashes, depend on the form.
            "ids": "exact-1" if privacy.case_sensitive_ids else "folded-1",
            "key": hashlib.sha256(b"vstk key check" + self.key).hexdigest()[:16],
            **self._jieba(),
            **({"pii_model": self.pii_model_sha256} if self.pii_model_sha256 else {}),
        }

    def _pipelines_hash(self) -> str:
        """The hash of a single pipeline as it is, so that older work folders stay valid."""
        if len(self.spacy_sha256) > 1:
            return _digest(dict(self.spacy_sha256))
        return next(iter(self.spacy_sha256.values()), "none")

    @property
    def manifest(self) -> dict[str, str]:
        """What the report states about the instrument: ids and hashes, nothing of the log."""
        return {
            "vstk": version("vstk"),
            "opendp": version("opendp"),
            "model": self.model,
            "model_sha256": self.weights_sha256,
            "heads_sha256": self.heads_sha256 or "none",
            "words_sha256": self.words_sha256 or "none",
            "sheet": self.policy.extract.sheet,
            "sheet_sha256": self.sheet.hash,
            "window": str(self.policy.extract.window),
            "taxonomy": self.policy.taxonomy,
            "taxonomy_sha256": self.taxonomy.hash,
            "lexicon_sha256": self.lexicon.hash if self.lexicon else "none",
            "spacy": ", ".join(self.policy.scrub.ner_models.values()) or "none",
            "spacy_sha256": ", ".join(self.spacy_sha256.values()) or "none",
            "policy": self.policy.name,
            "policy_sha256": self.policy.hash,
            **self._jieba(),
            **self._pii_model_in_manifest(),
        }

    def _pii_model_in_manifest(self) -> dict[str, str]:
        """Id and hash; nothing without a model, as in releases from before there were any."""
        id, sha256 = self.policy.scrub.pii_model, self.pii_model_sha256
        return {"pii_model": id, "pii_model_sha256": sha256} if id and sha256 else {}

    def _jieba(self) -> dict[str, str]:
        """The version of jieba if it finds names in Chinese; it has no manifest of its own."""
        rules = self.policy.scrub
        if "zh" not in rules.languages or "zh" in rules.ner_models:
            return {}
        return {"jieba": version("jieba") if ner_jieba.installed() else "none"}

    @property
    def facets(self) -> Facets:
        """The sheet's facets with this taxonomy's categories."""
        return self.sheet.resolve(self.taxonomy.keys("category"))

    @property
    def leaf_facets(self) -> dict[Facet, LeafFacet]:
        """Facet of categories -> facet of the leaves below them."""
        return {
            spec.key: LeafFacet(spec.leaf_facet, spec.about)
            for spec in self.facets.values()
            if spec.leaf_facet is not None and spec.about is not None
        }

    @property
    def vocabulary(self) -> Mapping[Facet, Sequence[str]]:
        """Every label that may exist."""
        leaves = tuple(key.key for key in self.taxonomy.keys("leaf"))
        facets, new = self.facets, self.sheet.new_values
        words = tuple(self.lexicon.phrases) if self.lexicon else ()
        return {
            **facets.vocabulary,
            **{spec.leaf_facet: leaves for spec in facets.values() if spec.leaf_facet},
            **({new.facet: words} if new else {}),
        }

    def __call__(self) -> ConversationLabeller:
        """Build scrubber and engine in this process, which can open no socket afterwards."""
        sandbox.seal()
        return ConversationLabeller(
            presidio(self.policy.scrub, self.spacy, self.pii_model),
            self.extractor(),
            self.key,
            self.vocabulary,
        )

    def extractor(self, threads: int = 1, *, use_heads: bool = True) -> Extractor:
        """The engine with the verified weights.

        Args:
            threads: that it computes with.
            use_heads: whether to use the model's heads and naming model.
        """
        return Extractor(
            self.weights,
            self.sheet,
            self.taxonomy.keys("category"),
            heads_file.load(self.heads) if self.heads and use_heads else None,
            window=self.policy.extract.window,
            threads=threads,
            weights_sha256=self.weights_sha256,
            leaves=self.leaves() if use_heads else None,
            lexicon=ExactPhrases(self.lexicon.phrases) if self.lexicon else None,
        )

    def leaves(self) -> Leaves | None:
        """The labels below the categories; `None` where the taxonomy has none."""
        held = [
            Leaf(key.key, category, self.taxonomy.phrases(key.key))
            for key in self.taxonomy.keys("leaf")
            if (category := self.taxonomy.ancestor(key.key, "category"))
        ]
        if not held or not self.leaf_facets:
            return None
        naming = heads_file.load_naming(self.words) if self.words else None
        return Leaves(held, naming, self.leaf_facets)


def instrument(policy: Policy, key: bytes, *, model: str | None = None) -> Instrument:
    """Find and verify every part that a policy names.

    Args:
        policy: names weights, sheet, taxonomy, spaCy pipelines and PII model.
        key: secret of the keyed hashes, 32 bytes.
        model: manifest id or weights file to use instead of the policy's.

    Raises:
        ModelUnverified: weights, heads or a pipeline are absent or not those of their
            manifest, or the engine cannot use the model with this policy.
        PolicyInvalid: the sheet or the taxonomy is not valid.
    """
    # The cheap checks come first: hashing 1.1 GB takes seconds.
    sheet = sheets.load(policy.extract.sheet)
    check_tables(policy, sheet)
    taxonomy = taxonomies.load(policy.taxonomy)
    manifest = find_manifest(model or policy.extract.model)
    require_usable(manifest, sheet, policy.extract.window)
    heads = registry.heads_path(manifest.id)
    words = registry.words_path(manifest.id)
    return Instrument(
        policy=policy,
        key=key,
        model=manifest.id,
        spacy=pipelines(policy.scrub),
        spacy_sha256={
            language: registry.get(id).sha256 for language, id in policy.scrub.ner_models.items()
        },
        pii_model=pii_model(policy.scrub),
        pii_model_sha256=(
            registry.get(policy.scrub.pii_model).sha256 if policy.scrub.pii_model else None
        ),
        weights=registry.verify(manifest.id),
        weights_sha256=manifest.sha256,
        heads=heads,
        heads_sha256=manifest.heads.sha256 if heads and manifest.heads else None,
        words=words,
        words_sha256=manifest.words.sha256 if words and manifest.words else None,
        sheet=sheet,
        taxonomy=taxonomy,
        lexicon=lexicon(policy, taxonomy),
    )


def warnings(policy: Policy, *, model: str | None = None) -> tuple[str, ...]:
    """What to tell the user about a policy's labels before they are made.

    Raises:
        ModelUnverified: the model has no manifest, or its heads are not those of it.
        PolicyInvalid: the sheet is not valid.
    """
    manifest = find_manifest(model or policy.extract.model)
    path = registry.heads_path(manifest.id)
    heads = heads_file.load(path) if path else None
    return (
        *_test_weights(manifest),
        *uncalibrated(sheets.load(policy.extract.sheet), heads),
        *_languages_without_names(policy.scrub),
    )


def _test_weights(manifest: registry.Manifest) -> tuple[str, ...]:
    if manifest.use != "test":
        return ()
    return (
        f"The model '{manifest.id}' is only for tests of the software. It is too small to label: "
        "its labels mean nothing.",
    )


def _languages_without_names(rules: Scrub) -> tuple[str, ...]:
    covered = {*rules.ner_models, *(("zh",) if ner_jieba.installed() else ())}
    missing = [language for language in rules.languages if language not in covered]
    if not missing:
        return ()
    return (
        f"No model finds names in {', '.join(missing)}: only rules and a name list look for "
        "them, and many are missed. Name a pipeline under `scrub.ner_models` of the policy.",
    )


def lexicon(policy: Policy, taxonomy: taxonomies.Taxonomy) -> taxonomies.Words | None:
    """The words that a policy allows as new values; `None` where it asks for none."""
    asked = policy.privacy.new_values
    return taxonomies.words(asked.lexicon, taxonomy) if asked else None


def _digest(document: object) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()

"""What an audit measures with: verified weights, heads, sheet, taxonomy, scrubber.

Everything is verified here, once, before a log is opened. What comes out is
small and pickles: each worker builds its own scrubber and engine from it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from vstk import registry, sandbox
from vstk import sheet as sheets
from vstk import taxonomy as taxonomies
from vstk.anonymiser import Scrubber, ner_jieba, scrub
from vstk.errors import ModelUnverified
from vstk.extract import Extractor, LabelModel, extract, uncalibrated
from vstk.extract import heads as heads_file
from vstk.extract.fine_labels import Leaf, Leaves
from vstk.extract.fine_labels import load as load_words
from vstk.extract.phrase_match import ExactPhrases
from vstk.facets import Facets
from vstk.pipeline.worker_pool import LabelledResult, Outcome
from vstk.policy import Policy, Scrub
from vstk.types import Conversation, Facet, Reject

if TYPE_CHECKING:
    from vstk.anonymiser.engine import PresidioScrubber


@dataclass(frozen=True)
class Instrument:
    """The verified parts of one audit; callable, to build a labeller in a worker."""

    policy: Policy
    key: bytes
    model: str
    weights: Path
    weights_sha256: str
    heads: Path | None
    heads_sha256: str | None
    words: Path | None
    words_sha256: str | None
    sheet: sheets.Sheet
    taxonomy: taxonomies.Taxonomy
    lexicon: taxonomies.Words | None
    spacy: Mapping[str, Path]
    spacy_sha256: Mapping[str, str]

    @property
    def settings(self) -> dict[str, str]:
        """All that decides labels, by name: a store labelled under others is not resumed."""
        rules = self.policy.model_dump(mode="json", include={"scrub", "extract"})
        privacy = self.policy.privacy
        return {
            "code": version("vstk"),
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
            "key": hashlib.sha256(b"vstk key check" + self.key).hexdigest()[:16],
            **self._jieba(),
        }

    def _pipelines_hash(self) -> str:
        """One pipeline stands as its own hash, as in every folder from before there were more."""
        if len(self.spacy_sha256) > 1:
            return _digest(dict(self.spacy_sha256))
        return next(iter(self.spacy_sha256.values()), "none")

    @property
    def manifest(self) -> dict[str, str]:
        """What the report says of the instrument: ids and hashes, nothing of the log."""
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
        }

    def _jieba(self) -> dict[str, str]:
        """Which jieba reads names, where Chinese has no pipeline: it is no verified weight."""
        rules = self.policy.scrub
        if "zh" not in rules.languages or "zh" in rules.ner_models:
            return {}
        return {"jieba": version("jieba") if ner_jieba.installed() else "none"}

    @property
    def facets(self) -> Facets:
        """The sheet's facets with this taxonomy's categories."""
        return self.sheet.resolve(self.taxonomy.keys("category"))

    @property
    def vocabulary(self) -> Mapping[Facet, Sequence[str]]:
        """Every label that may exist."""
        leaves = tuple(key.key for key in self.taxonomy.keys("leaf"))
        return {
            **self.facets.vocabulary,
            "ai_leaf": leaves,
            "human_leaf": leaves,
            "new_value": tuple(self.lexicon.phrases) if self.lexicon else (),
        }

    def __call__(self) -> ConversationLabeller:
        """Build scrubber and engine in this process, and close it off."""
        sandbox.seal()
        return ConversationLabeller(
            presidio(self.policy.scrub, self.spacy), self.extractor(), self.key, self.vocabulary
        )

    def extractor(self, threads: int = 1, *, taught: bool = True) -> Extractor:
        """The engine over the verified weights, with the model's heads or without any."""
        return Extractor(
            self.weights,
            self.sheet,
            self.taxonomy.keys("category"),
            heads_file.load(self.heads) if self.heads and taught else None,
            window=self.policy.extract.window,
            threads=threads,
            weights_sha256=self.weights_sha256,
            leaves=self.leaves() if taught else None,
            lexicon=ExactPhrases(self.lexicon.phrases) if self.lexicon else None,
        )

    def leaves(self) -> Leaves | None:
        """What is looked for below the categories; `None` where there is nothing."""
        held = [
            Leaf(key.key, category, self.taxonomy.ways(key.key))
            for key in self.taxonomy.keys("leaf")
            if (category := self.taxonomy.ancestor(key.key, "category"))
        ]
        return Leaves(held, load_words(self.words) if self.words else None) if held else None


def presidio(rules: Scrub, spacy: Mapping[str, Path]) -> PresidioScrubber:
    """The scrubber of a policy over verified pipelines, by language."""
    # Here and not above: the parent of the workers needs neither library.
    from vstk.anonymiser.engine import PresidioScrubber

    return PresidioScrubber(rules, spacy)


def pipelines(rules: Scrub) -> dict[str, Path]:
    """The verified folder of the pipeline of each language that a policy names one for."""
    return {language: registry.verify(id) for language, id in rules.ner_models.items()}


class ConversationLabeller:
    """Scrub, then read: one conversation in, its closed labels or a reject out."""

    def __init__(
        self,
        scrubber: Scrubber,
        extractor: LabelModel,
        key: bytes,
        closed: Mapping[Facet, Sequence[str]],
    ) -> None:
        self._scrubber, self._extractor, self._key = scrubber, extractor, key
        self._closed = closed

    def __call__(self, conversation: Conversation) -> Outcome:
        """Label one conversation. Never raises for what the conversation holds."""
        rejects: list[Reject] = []
        for scrubbed in scrub(
            [conversation], self._scrubber, key=self._key, on_reject=rejects.append
        ):
            for found in extract(
                [scrubbed], self._extractor, labels=self._closed, on_reject=rejects.append
            ):
                return LabelledResult(found, scrubbed.language)
        return rejects[0]


def instrument(policy: Policy, key: bytes, *, model: str | None = None) -> Instrument:
    """Find and verify every part that a policy names.

    Args:
        policy: names weights, sheet, taxonomy and spaCy pipeline.
        key: of the keyed hashes.
        model: manifest id or weights file to use in place of the policy's.

    Raises:
        ModelUnverified: weights, heads or pipeline are absent or others.
        PolicyInvalid: the sheet or the taxonomy is not valid.
    """
    # The cheap checks first: 1.1 GB take seconds to hash.
    sheet = sheets.load(policy.extract.sheet)
    taxonomy = taxonomies.load(policy.taxonomy)
    manifest = _manifest(model or policy.extract.model)
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
    """What must be known of a policy's labels before anybody waits for them."""
    path = registry.heads_path(_manifest(model or policy.extract.model).id)
    heads = heads_file.load(path) if path else None
    return (*uncalibrated(sheets.load(policy.extract.sheet), heads), *_unnamed(policy.scrub))


def _unnamed(rules: Scrub) -> tuple[str, ...]:
    """What to warn about where no model finds names in an accepted language."""
    read = {*rules.ner_models, *(("zh",) if ner_jieba.installed() else ())}
    alone = [language for language in rules.languages if language not in read]
    if not alone:
        return ()
    return (
        "No model finds names in " + ", ".join(alone) + ": rules and a list alone look for "
        "them, and many are missed. Name a pipeline under `scrub.ner_models` of the policy.",
    )


def lexicon(policy: Policy, taxonomy: taxonomies.Taxonomy) -> taxonomies.Words | None:
    """The words that a policy lets be named as new; `None` where it seeks none."""
    asked = policy.privacy.new_values
    return taxonomies.words(asked.lexicon, taxonomy) if asked else None


def _manifest(model: str) -> registry.Manifest:
    path = Path(model)
    if not path.is_file():
        return registry.get(model)
    _, sha256 = registry.size_and_sha256(path)
    for manifest in registry.manifests().values():
        if manifest.sha256 == sha256 and registry.weights_path(manifest).exists():
            return manifest
    raise ModelUnverified(
        f"No manifest names the weights in '{path}'.",
        remedy=f"`vstk models add {path}` writes one; then give its id with --model.",
    )


def _digest(document: object) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()

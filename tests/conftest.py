"""Fixtures of several rooms: weights that were pulled, and a `$VSTK_HOME` of one's own."""

import pytest

from vstk import paths, registry


@pytest.fixture(scope="session")
def tiny_weights():
    """The smallest weights and pipeline, verified; `vstk models pull` brought them."""
    return {
        name: registry.verify(name)
        for name in ("smollm2-135m-instruct-q4_1", "en_core_web_sm-3.8.0")
    }


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A `$VSTK_HOME` of this test alone that sees the weights of the machine."""
    weights = paths.weights()
    place = tmp_path / "home"
    place.mkdir()
    (place / "weights").symlink_to(weights)
    monkeypatch.setenv("VSTK_HOME", str(place))
    return place

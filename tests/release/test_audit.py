"""Can one person be seen in a release? Can a broken one hide it?

At 99 % confidence a correct release raises a false alarm less often than once in a
hundred runs (300 releases of each log; Clopper-Pearson limits are wider than that). A
bug is looked for in 900: with 300, halved noise comes out so near to the claim that
now and then it is missed.
"""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

_FILE = Path(__file__).parents[2] / "benchmarks" / "privacy_audit.py"
_SPEC = importlib.util.spec_from_file_location("privacy_audit", _FILE)
assert _SPEC is not None
assert _SPEC.loader is not None
privacy_audit = importlib.util.module_from_spec(_SPEC)
sys.modules["privacy_audit"] = privacy_audit
with pytest.MonkeyPatch.context() as _patch:
    _patch.syspath_prepend(_FILE.parent)
    _SPEC.loader.exec_module(privacy_audit)

CLAIM = (2 * float(privacy_audit.POLICY.rho)) ** 0.5


@pytest.mark.slow
def test_nobody_is_seen_more_clearly_than_was_promised():
    assert privacy_audit.audit(300).mu <= CLAIM


@pytest.mark.slow
@pytest.mark.parametrize("bug", list(privacy_audit.BUGS))
def test_a_release_broken_on_purpose_is_caught(bug):
    assert privacy_audit.audit_broken(bug, 900).mu > CLAIM


def test_the_attacker_finds_a_difference_of_known_size_and_none_where_there_is_none():
    random = np.random.default_rng(5)
    without, same = random.normal(size=(2, 2000, 3))
    apart = random.normal(size=(2000, 3)) + np.array([2, 0, 0])

    assert privacy_audit.attack(without, same, confidence=0.99, delta=1e-6).mu < 0.3
    assert 1.6 < privacy_audit.attack(without, apart, confidence=0.99, delta=1e-6).mu <= 2
    assert privacy_audit.gaussian_epsilon(1.0, 1e-6) == pytest.approx(4.887, abs=0.005)

"""Tables that a policy asks for are held against its sheet before any log is read."""

import pytest
from click.testing import CliRunner

from tests.support.quick_model import TINY
from vstk import policy
from vstk.cli import main
from vstk.errors import PolicyInvalid
from vstk.pipeline import audit, instrument, plan, request


@pytest.fixture
def asking_for_salaries(tmp_path):
    path = tmp_path / "asking.yaml"
    path.write_text(TINY.read_text().replace("{name: tasks, ", "{name: salaries, "))
    return path


@pytest.mark.parametrize(
    "use",
    [
        lambda rules: instrument.instrument(rules, b"\0" * 32),
        lambda rules: plan.specs_of(rules),
        lambda rules: plan.promise(rules),
        lambda rules: audit.dry_run(request.Request(logs=["/nowhere"], dataset="x"), rules),
    ],
    ids=["instrument", "plan", "check", "dry run"],
)
def test_a_table_that_the_sheet_does_not_define_is_refused(asking_for_salaries, use):
    rules = policy.load(str(asking_for_salaries))

    with pytest.raises(PolicyInvalid, match=r"privacy.tables.6.name: 'salaries'") as caught:
        use(rules)

    assert "response_types, tasks, watch_list" in caught.value.remedy


def test_vstk_policy_check_names_the_tables_there_are(asking_for_salaries):
    done = CliRunner().invoke(main, ["policy", "check", str(asking_for_salaries)])

    assert done.exit_code != 0
    assert "salaries" in done.stderr
    assert "Fix: use tables of the sheet" in done.stderr

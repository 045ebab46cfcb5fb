import pytest

pytest.register_assert_rewrite("tests.workflows.standing", "tests.workflows.matrix")

import pickle

import pytest

from emotion_core import errors
from emotion_core.errors import (
    EmotionCoreError,
    InvalidInput,
    LabelMismatch,
    MissingDependency,
    ModelUnavailable,
)


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (InvalidInput, ValueError),
        (LabelMismatch, ValueError),
        (ModelUnavailable, LookupError),
        (MissingDependency, ImportError),
    ],
)
def test_tree(error, builtin):
    assert issubclass(error, EmotionCoreError)
    assert issubclass(error, builtin)


def test_module_docstring_shows_every_error():
    own = {
        k
        for k, v in vars(errors).items()
        if isinstance(v, type) and v.__module__ == errors.__name__
    }
    assert own
    assert all(name in (errors.__doc__ or "") for name in own)


def test_missing_dependency_names_the_remedy():
    message = str(MissingDependency("transformers", "hub"))
    assert "'transformers' is needed" in message
    assert "pip install -e '.[hub]'" in message


def test_errors_cross_processes():
    error = pickle.loads(pickle.dumps(MissingDependency("transformers", "hub")))
    assert "transformers" in str(error)

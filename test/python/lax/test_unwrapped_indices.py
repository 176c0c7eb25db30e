"""`x.at[...]` with wrap_negative_indices=False: negative indices are out of bounds."""

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np

X = np.arange(1.0, 6, dtype=np.float32)
INDEX = np.array([-1, 0, 3, -5])


@pytest.mark.parametrize("dtype", ["int8", "int32"])
@pytest.mark.parametrize("jit", [False, True])
def test_vectors(dtype, jit):
    wrap = mjx.jit if jit else lambda f: f
    i = INDEX.astype(dtype)

    def updated(name, y, **options):
        f = wrap(lambda x, i: getattr(x.at[i], name)(y, wrap_negative_indices=False, **options))
        return np.asarray(f(mnp.asarray(X), i)).tolist()

    assert updated("set", 9) == [9, 2, 3, 9, 5]
    assert updated("add", 9) == [10, 2, 3, 13, 5]
    assert updated("subtract", 1) == [0, 2, 3, 3, 5]
    assert updated("multiply", 2) == [2, 2, 3, 8, 5]
    assert updated("divide", 2) == [0.5, 2, 3, 2, 5]
    assert updated("power", 2) == [1, 2, 3, 16, 5]
    assert updated("max", 9, mode="drop") == [9, 2, 3, 9, 5]
    assert updated("add", 9, mode="clip") == [28, 2, 3, 13, 5]
    assert updated("apply", mnp.negative) == [-1, 2, 3, -4, 5]


def test_reading():
    x = mnp.asarray(X)
    get = x.at[INDEX].get
    assert get(wrap_negative_indices=False).tolist() == [1, 1, 4, 1]
    assert get(wrap_negative_indices=False, mode="clip").tolist() == [1, 1, 4, 1]
    filled = np.asarray(get(wrap_negative_indices=False, mode="fill"))
    np.testing.assert_array_equal(filled, [np.nan, 1, 4, np.nan])
    assert get().tolist() == [5, 1, 4, 1]
    assert x.at[INDEX].get(wrap_negative_indices=False, mode="fill", fill_value=7).tolist() == [
        7,
        1,
        4,
        7,
    ]


def test_other_indices():
    x = mnp.zeros((3, 4))
    set_ = lambda index: np.asarray(x.at[index].set(1, wrap_negative_indices=False))  # noqa: E731
    assert not set_(-1).any() and not set_((0, np.int32(-2))).any()
    assert set_((slice(-1, None), ...)).sum() == 4
    assert set_((slice(None), np.array([-1, 1]))).sum() == 3
    assert set_(np.asarray(X[:3] > 2)).sum() == 4
    assert set_(()).sum() == 12
    with pytest.raises(TypeError, match="nonsense"):
        x.at[0].set(1, nonsense=2)

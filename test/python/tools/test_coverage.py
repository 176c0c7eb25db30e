"""The count of JAX's names in mjx notices what is missing."""

import pytest

from mjx.tools import coverage
from mjx.tools.coverage import Name


def test_names_are_read_from_the_table():
    names = coverage.read_names()
    assert {n.tier for n in names} == {1, 2, 3, 4, 5} and len({n.name for n in names}) == len(names)
    array = next(n for n in names if n.name == "jax.numpy.array")
    assert array.module == "jax.numpy" and "dtype" in array.keywords and array.weight > 4


@pytest.mark.parametrize(
    "name, internal",
    [
        ("jax.numpy.sin", False),
        ("jax.lax.linalg.qr", False),
        ("jax.__version__", False),
        ("jax._src.core.Tracer", True),
        ("jax.lax.add_p", True),
        ("jax.interpreters.ad.Zero", True),
        ("jax.experimental.pallas.load", True),
        ("jax.config._read", True),
    ],
)
def test_internals_by_rule(name, internal):
    assert coverage.is_internal(name) is internal


@pytest.mark.parametrize(
    "name, keywords, answer",
    [
        ("jax.numpy.sum", ("axis", "where"), (True, [])),
        ("jax.numpy.sum", ("axis", "nonsense"), (True, ["nonsense"])),
        ("jax.numpy.nonsense", ("axis",), (False, ["axis"])),
        ("jax.nonsense.sum", (), (False, [])),
        ("jax.Array.at[].set", ("mode",), (True, [])),
        ("jax.Array.at[].nonsense", (), (False, [])),
        ("jax.scipy.stats.norm.logpdf", ("loc",), (True, [])),
        ("jax.Array.sum", ("keepdims",), (True, [])),
    ],
)
def test_covered(name, keywords, answer):
    assert coverage.covered(Name(name, 1, 1.0, keywords)) == answer


def test_tallies_weigh_by_use():
    names = [
        Name("jax.numpy.sum", 1, 3.0, ("axis",)),
        Name("jax.numpy.cos", 1, 2.0, ("nonsense",)),
        Name("jax.numpy.nonsense", 2, 1.0),
    ]
    (all_,) = coverage.tallies(names, lambda n: "").values()
    assert (all_.names, all_.found, all_.full, all_.share) == (3, 2, 1, 50.0)
    tiers = coverage.tallies(names, lambda n: n.tier)
    assert [tiers[t].share for t in (1, 2)] == [60.0, 0.0]


def test_report(capsys):
    coverage.main(["--tier", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["tier", "names", "found", "full", "%", "of", "uses"]
    assert float(lines[1].split()[-1]) > 95
    assert any(line.startswith("1 jax.numpy ") for line in lines)
    coverage.main(["--missing"])
    assert "sum" not in capsys.readouterr().out.split()

"""Linear algebra with matrices that are given as functions."""

from mjx.scipy.sparse import linalg

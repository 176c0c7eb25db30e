"""Densities estimated from samples, by a normal distribution around each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mjx.numpy as mnp
from mjx import random
from mjx.nn.functions import logsumexp
from mjx.scipy.special import ndtr
from mjx.scipy.stats import multivariate_normal
from mjx.support.tree import register_pytree_node_class

__all__ = ["gaussian_kde"]


@register_pytree_node_class
class gaussian_kde:
    """The density of points `dataset` ([dimensions, points], or points), smoothed.

    The width is that of the data's covariance times a factor: by `bw_method` 'scott' (the default)
    n ** (-1 / (d + 4)), 'silverman' (n (d + 2) / 4) to that power, a number, or a function of the
    estimate. `weights` are not negative, and are made to sum to 1.
    """

    def __init__(self, dataset: Any, bw_method: Any = None, weights: Any = None):
        dataset = mnp.atleast_2d(mnp.asarray(dataset))
        self.dataset = dataset if mnp.issubdtype(dataset.dtype, mnp.floating) else dataset * 1.0
        d, n = self.dataset.shape
        if n < 2:
            raise ValueError(f"gaussian_kde: expected 2 points or more, but got {n}")
        weights = mnp.ones(n) if weights is None else mnp.asarray(weights)
        if weights.shape != (n,):
            raise ValueError(f"gaussian_kde: expected {n} weights, but got shape {weights.shape}")
        self.weights = (weights / mnp.sum(weights)).astype(self.dataset.dtype)
        self.covariance = self._data_covariance() * self._factor(bw_method) ** 2
        self.inv_cov = mnp.linalg.inv(self.covariance)

    def _data_covariance(self) -> Any:
        return mnp.atleast_2d(mnp.cov(self.dataset, rowvar=True, bias=False, aweights=self.weights))

    def _factor(self, method: Any) -> Any:
        power = -1 / (self.d + 4)
        if method is None or method == "scott":
            return self.neff**power
        if isinstance(method, str):
            if method != "silverman":
                raise ValueError(
                    f"gaussian_kde: expected bw_method 'scott', 'silverman', a number or a "
                    f"function, but got {method!r}"
                )
            return (self.neff * (self.d + 2) / 4) ** power
        return method(self) if isinstance(method, Callable) else method

    def tree_flatten(self) -> Any:
        """The arrays it consists of."""
        return (self.dataset, self.weights, self.covariance, self.inv_cov), None

    @classmethod
    def tree_unflatten(cls, aux: Any, children: Any) -> gaussian_kde:
        """From those arrays."""
        self = object.__new__(cls)
        self.dataset, self.weights, self.covariance, self.inv_cov = children
        return self

    @property
    def d(self) -> int:
        """Number of dimensions."""
        return self.dataset.shape[0]

    @property
    def n(self) -> int:
        """Number of points."""
        return self.dataset.shape[1]

    @property
    def neff(self) -> Any:
        """The number of points that would weigh as much if all weighed the same."""
        return 1 / mnp.sum(self.weights**2)

    def _points(self, points: Any) -> Any:
        points = mnp.atleast_2d(mnp.asarray(points)).astype(self.dataset.dtype)
        if points.shape[0] != self.d:
            if self.d != points.shape[1] or points.shape[0] != 1:
                raise ValueError(
                    f"gaussian_kde: expected points of {self.d} dimensions, but got shape "
                    f"{points.shape}"
                )
            points = points.T
        return points

    def logpdf(self, x: Any) -> Any:
        """The logarithm of the density at points [dimensions, points]."""
        each = multivariate_normal.logpdf(
            self._points(x).T[:, None, :], self.dataset.T[None, :, :], self.covariance
        )
        return logsumexp(each + mnp.log(self.weights), axis=1)

    def evaluate(self, points: Any) -> Any:
        """The density at points [dimensions, points]."""
        return mnp.exp(self.logpdf(points))

    __call__ = pdf = evaluate

    def integrate_gaussian(self, mean: Any, cov: Any) -> Any:
        """The integral of the density times a normal density."""
        mean, cov = mnp.atleast_1d(mean), mnp.atleast_2d(cov)
        density = multivariate_normal.pdf(self.dataset.T, mean, self.covariance + cov)
        return mnp.sum(density * self.weights)

    def integrate_box_1d(self, low: Any, high: Any) -> Any:
        """The probability of an interval, in one dimension."""
        if self.d != 1:
            raise ValueError(f"integrate_box_1d: expected one dimension, but got {self.d}")
        width = mnp.sqrt(self.covariance[0, 0])
        inside = ndtr((high - self.dataset[0]) / width) - ndtr((low - self.dataset[0]) / width)
        return mnp.sum(inside * self.weights)

    def integrate_kde(self, other: gaussian_kde) -> Any:
        """The integral of the product of two estimates."""
        if other.d != self.d:
            raise ValueError(f"integrate_kde: expected {self.d} dimensions, but got {other.d}")
        density = multivariate_normal.pdf(
            self.dataset.T[:, None, :],
            other.dataset.T[None, :, :],
            self.covariance + other.covariance,
        )
        return mnp.sum(density * self.weights[:, None] * other.weights[None, :])

    def resample(self, key: Any, shape: tuple[int, ...] = ()) -> Any:
        """Points drawn from the density: [dimensions, *shape]."""
        choose, move = random.split(key)
        at = random.choice(choose, self.n, shape, p=self.weights)
        zeros = mnp.zeros(self.d, self.dataset.dtype)
        noise = random.multivariate_normal(move, zeros, self.covariance, shape, self.dataset.dtype)
        return self.dataset[:, at] + mnp.moveaxis(noise, -1, 0)

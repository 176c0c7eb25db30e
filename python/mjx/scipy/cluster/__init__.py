"""Clusters of points."""

from mjx.scipy.cluster import vq

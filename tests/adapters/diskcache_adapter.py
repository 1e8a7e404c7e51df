"""diskcache's locks, each in a cache of its own."""

import itertools
import tempfile

import diskcache

_FOLDER = tempfile.TemporaryDirectory()
_KEYS = itertools.count()
_CACHE = diskcache.Cache(_FOLDER.name)

DEVIATIONS = "diskcache.txt"


def _new(kind):
    return lambda *value, **named: kind(_CACHE, next(_KEYS), *value, **named)


Lock, RLock = _new(diskcache.Lock), _new(diskcache.RLock)
BoundedSemaphore = _new(diskcache.BoundedSemaphore)

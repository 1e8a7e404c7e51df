"""The kit with one primitive replaced: by the busted one that the environment calls BUSTED.

An adapter for the conformance suite. By hand:
``BUSTED=EventThatWakesOneWaiter python -m syncprims conform busted.suspect --only EVENT``.
"""

import os

import syncprims

from . import barriers, conditions, events, iterators, late, locks, queues, rlocks, semaphores

BUSTED = {
    name: found
    for module in (locks, rlocks, conditions, events, semaphores, barriers, queues, iterators, late)
    for name, found in vars(module).items()
    if isinstance(found, type) and found.__module__ == module.__name__ and found is not locks.Lock
    if found.__base__ in vars(syncprims).values() or module in (locks, late)
}
BUSTED |= {name: found for name, found in vars(iterators).items() if hasattr(found, "stands_for")}

for _name in syncprims.__all__:
    globals()[_name] = getattr(syncprims, _name)

if "BUSTED" in os.environ:
    _busted = BUSTED[os.environ["BUSTED"]]
    globals()[getattr(_busted, "stands_for", "") or _busted.__base__.__name__] = _busted

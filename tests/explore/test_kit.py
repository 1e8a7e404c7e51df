"""The kit proves itself, and what is busted is refuted."""

import pytest

import syncprims
from tests.busted import barriers, conditions, events, queues, rlocks, semaphores
from syncprims.explore import explore, replay

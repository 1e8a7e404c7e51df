"""The conformance suite is able to fail: it tells every busted primitive from a sound one.

The table names, for each busted primitive, requirements of the contract that must catch it. They
are run against the kit with that one primitive replaced (``suspect.py``), each in a process of its
own, because what is busted may leave threads asleep for ever.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import syncprims

from .suspect import BUSTED

CAUGHT_BY = {
    "RLockThatAnyThreadMayRelease": ["RLOCK-10"],
    "RLockThatOpensAtTheFirstRelease": ["RLOCK-03"],
    "RLockThatIsNotReentrant": ["RLOCK-02"],
    "RLockThatIgnoresTheTimeout": ["RLOCK-05"],
    "RLockThatStaysOwnedAfterATimeout": ["RLOCK-06"],
    "ConditionThatLosesANotify": ["COND-01"],
    "ConditionThatWakesOneTooMany": ["COND-14", "COND-15"],
    "ConditionWhoseNotifyAllWakesOne": ["COND-18"],
    "ConditionThatWakesTheYoungest": ["COND-14"],
    "ConditionThatLetsStrangersNotify": ["COND-11"],
    "ConditionThatForgetsTheLockAfterATimeout": ["COND-04", "COND-05"],
    "ConditionThatRestoresOneLevel": ["COND-09"],
    "ConditionThatLetsGoOfOneLevel": ["COND-08"],
    "ConditionThatNeverReportsATimeout": ["COND-04"],
    "ConditionWhoseTimedOutWaitersStay": ["COND-20"],
    "ConditionWhoseWaitForRestartsTheTimeout": ["COND-36"],
    "ConditionWhoseWaitForLooksOnce": ["COND-33"],
    "EventThatForgetsASetBeforeAClear": ["EVENT-08"],
    "EventThatOverlooksARacingSet": ["EVENT-16"],
    "EventThatReturnsNoneOnATimeout": ["EVENT-05", "EVENT-06"],
    "EventThatWakesOneWaiter": ["EVENT-07"],
    "EventThatClearsItself": ["EVENT-04"],
    "EventThatIgnoresTheTimeout": ["EVENT-05"],
    "SemaphoreThatForgetsN": ["SEM-15", "SEM-16"],
    "SemaphoreWhoseReleaseOfManyWakesOne": ["SEM-15", "SEM-16"],
    "SemaphoreThatLosesAPermitOnATimeout": ["SEM-20"],
    "SemaphoreWhoseTimedOutWaitersStay": ["SEM-20"],
    "SemaphoreThatGoesBelowZero": ["SEM-06"],
    "SemaphoreThatIsNotReleasedOnExit": ["SEM-23"],
    "BoundedSemaphoreThatAddsBeforeItRefuses": ["BSEM-04"],
    "BoundedSemaphoreThatLooksBeforeItAdds": ["BSEM-05"],
    "BoundedSemaphoreWithoutABound": ["BSEM-04"],
    "BarrierThatIsLapped": ["BARRIER-04"],
    "BarrierThatActsInEveryThread": ["BARRIER-13"],
    "BarrierThatActsTooLate": ["BARRIER-14", "BARRIER-17"],
    "BarrierThatSwallowsTheActionsError": ["BARRIER-17"],
    "BarrierThatATimeoutDoesNotBreak": ["BARRIER-22"],
    "BarrierThatStaysBrokenAfterReset": ["BARRIER-35"],
    "BarrierWhoseResetForgetsTheWaiters": ["BARRIER-36"],
    "BarrierWhoseAbortIsForgotten": ["BARRIER-32"],
    "BarrierThatNumbersAllZero": ["BARRIER-01"],
    "BarrierThatIgnoresItsTimeout": ["BARRIER-25"],
    "QueueWhoseGetIgnoresTheTimeout": ["QUEUE-10"],
    "QueueWhosePutIgnoresTheTimeout": ["QUEUE-10"],
    "QueueThatWakesTheYoungestGetter": ["QUEUE-20"],
    "QueueWhoseGetWakesNoPutter": ["QUEUE-19"],
    "QueueWhosePutWakesNoGetter": ["QUEUE-18"],
    "QueueWhoseJoinLooksAtTheItems": ["QUEUE-44"],
    "QueueWhoseTaskDoneWakesOneJoiner": ["QUEUE-33"],
    "QueueThatAcceptsTooManyTaskDone": ["QUEUE-34"],
    "QueueWhosePutNowaitIgnoresMaxsize": ["QUEUE-09"],
    "QueueThatReadsMaxsizeOnce": ["QUEUE-07"],
    "QueueWhoseShutdownForgetsPutters": ["QUEUE-40"],
    "QueueWhoseShutdownForgetsGetters": ["QUEUE-40"],
    "QueueWhoseShutdownDropsTheItems": ["QUEUE-37"],
    "QueueWhoseImmediateShutdownLeavesJoinAsleep": ["QUEUE-43"],
    "QueueThatDoesNotHonourHooks": ["QUEUE-49", "QUEUE-53"],
    "QueueThatKeepsAnItemAlive": ["QUEUE-28", "QUEUE-29"],
    "LifoQueueThatIsFifo": ["LIFO-01"],
    "PriorityQueueThatDoesNotSift": ["PRIO-01"],
    "SimpleQueueThatHandsItemsToTheGone": ["SIMPLEQ-14"],
    "SimpleQueueWhoseTimedOutGettersStay": ["SIMPLEQ-14"],
    "SimpleQueueThatIgnoresTheTimeout": ["SIMPLEQ-10"],
    "SimpleQueueThatIsLifo": ["SIMPLEQ-01"],
}

ROOT = Path(syncprims.__file__).parents[1]
TESTS = Path(__file__).parents[1]
AT_ONCE = 2  # runs, each with two children: most of them only sleep until the limit comes


@pytest.fixture(scope="module")
def conform(tmp_path_factory):
    """A function that returns what came of requirements against the suspect: {id: its row}."""
    # Each process is spared compiling the suite, also where Python is told to leave no bytecode.
    cache = {
        "PYTHONPYCACHEPREFIX": str(tmp_path_factory.mktemp("bytecode")),
        "PYTHONDONTWRITEBYTECODE": "",
    }
    path = {"PYTHONPATH": f"{ROOT}{os.pathsep}{TESTS}"}

    def run(identifiers, **environment):
        # At a level that is not looked at, so that who sleeps for ever does so for a second only.
        options = ["--level", "order", "--only", ",".join(identifiers), "--json", "-"]
        process = subprocess.run(
            [sys.executable, "-m", "syncprims", "conform", "busted.suspect", *options],
            env={**os.environ, **path, **cache, **environment},
            capture_output=True,
            text=True,
        )
        assert process.stdout, process.stderr
        return json.loads(process.stdout)["recordings"][0]["requirements"]

    return run


@pytest.fixture(scope="module")
def verdicts(request, conform):
    """What the suite says of each busted primitive whose test is to run: {name: future rows}."""
    tests = [
        item for item in request.session.items if "verdicts" in getattr(item, "fixturenames", ())
    ]
    names = [test.callspec.params["name"] for test in tests]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {name: pool.submit(conform, CAUGHT_BY[name], BUSTED=name) for name in names}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("name", CAUGHT_BY)
def test_suite_against_a_busted_primitive_fails_the_requirements_that_catch_it(name, verdicts):
    """Each requirement that the table names is of the contract, and is not met."""
    rows = verdicts[name].result()
    found = {identifier: (row["level"], row["outcome"]) for identifier, row in rows.items()}
    assert found == dict.fromkeys(CAUGHT_BY[name], ("contract", "differs")), BUSTED[name].__doc__


def test_suite_against_nothing_busted_passes_the_same_requirements(conform):
    """The kit, plugged in the same way, passes all the requirements that the table names."""
    identifiers = {identifier for caught_by in CAUGHT_BY.values() for identifier in caught_by}
    rows = conform(sorted(identifiers))
    assert {identifier: row["outcome"] for identifier, row in rows.items()} == dict.fromkeys(
        identifiers, "pass"
    )


def test_table_names_every_busted_primitive():
    """No busted primitive is left untested."""
    assert set(CAUGHT_BY) == set(BUSTED)

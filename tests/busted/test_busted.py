"""The conformance suite is able to fail: it tells every busted primitive from a sound one.

The tables name, for each busted primitive, requirements that must catch it: of the contract, and of
other levels. They are run against the kit with that one primitive replaced (``suspect.py``), each
in a process of its own, because what is busted may leave threads asleep for ever.
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
    "LockThatIsBornHeld": ["LOCK-01"],
    "LockThatTakesAnyTimeout": ["LOCK-11"],
    "LateLock": ["LOCK-22"],
    "RLockThatAnyThreadMayRelease": ["RLOCK-10"],
    "RLockThatOpensAtTheFirstRelease": ["RLOCK-03"],
    "RLockThatIsNotReentrant": ["RLOCK-02"],
    "RLockThatIgnoresTheTimeout": ["RLOCK-05"],
    "RLockThatStaysOwnedAfterATimeout": ["RLOCK-06"],
    "RLockThatTakesAnyTimeout": ["RLOCK-14"],
    "RLockThatForgetsItsOwnerTooLate": ["RLOCK-37"],
    "LateRLock": ["RLOCK-38"],
    "ConditionThatLosesANotify": ["COND-01"],
    "ConditionThatWakesOneTooMany": ["COND-14", "COND-15", "COND-63"],
    "ConditionWhoseNotifyAllWakesOne": ["COND-18"],
    "ConditionThatLetsStrangersNotify": ["COND-11"],
    "ConditionThatForgetsTheLockAfterATimeout": ["COND-04", "COND-05"],
    "ConditionThatRestoresOneLevel": ["COND-09"],
    "ConditionThatLetsGoOfOneLevel": ["COND-08"],
    "ConditionThatNeverReportsATimeout": ["COND-04"],
    "ConditionWhoseTimedOutWaitersStay": ["COND-20"],
    "ConditionWhoseWaitForRestartsTheTimeout": ["COND-36"],
    "ConditionWhoseWaitForLooksOnce": ["COND-71"],
    "ConditionWhosePredicateRunsWithoutTheLock": ["COND-37"],
    "ConditionThatLosesTheLockToAnError": ["COND-38"],
    "ConditionWhoseNotifyAllOfOldWakesOne": ["COND-49"],
    "ConditionThatTakesAnyTimeout": ["COND-30"],
    "ConditionWhoseWaitForLooksUntilTheClockMoves": ["COND-72"],
    "ConditionWhoseNotifyMustNotBeCutShort": ["COND-73"],
    "LateCondition": ["COND-74"],
    "ConditionThatRefusesAFractionBelowZero": ["COND-06"],
    "ConditionWhosePollTakesANotification": ["COND-75"],
    "EventThatForgetsASetBeforeAClear": ["EVENT-08"],
    "EventThatOverlooksARacingSet": ["EVENT-16"],
    "EventThatReturnsNoneOnATimeout": ["EVENT-05", "EVENT-06"],
    "EventThatWakesOneWaiter": ["EVENT-07"],
    "EventThatClearsItself": ["EVENT-04"],
    "EventThatIgnoresTheTimeout": ["EVENT-05"],
    "EventWhoseOldNameSaysNo": ["EVENT-22"],
    "EventThatTakesAnyTimeout": ["EVENT-13"],
    "LateEvent": ["EVENT-34"],
    "SemaphoreThatForgetsN": ["SEM-15", "SEM-16"],
    "SemaphoreWhoseReleaseOfManyWakesOne": ["SEM-15", "SEM-16"],
    "SemaphoreThatLosesAPermitOnATimeout": ["SEM-20"],
    "SemaphoreWhoseTimedOutWaitersStay": ["SEM-20"],
    "SemaphoreThatGoesBelowZero": ["SEM-06"],
    "SemaphoreThatIsNotReleasedOnExit": ["SEM-23"],
    "SemaphoreThatTakesAnyTimeout": ["SEM-11"],
    "SemaphoreThatAddsOneTooMany": ["SEM-14", "SEM-15"],
    "SemaphoreThatServesTheGone": ["SEM-25"],
    "LateSemaphore": ["SEM-41"],
    "SemaphoreThatGivesUpWhenWokenInVain": ["SEM-42"],
    "BoundedSemaphoreThatAddsBeforeItRefuses": ["BSEM-04"],
    "BoundedSemaphoreThatLooksBeforeItAdds": ["BSEM-05"],
    "BoundedSemaphoreWithoutABound": ["BSEM-04"],
    "BoundedSemaphoreThatForgetsItsValue": ["BSEM-02"],
    "BoundedSemaphoreThatWakesBeforeItRefuses": ["BSEM-06"],
    "LateBoundedSemaphore": ["BSEM-16"],
    "BarrierThatIsLapped": ["BARRIER-04"],
    "BarrierThatActsInEveryThread": ["BARRIER-13"],
    "BarrierThatActsTooLate": ["BARRIER-14", "BARRIER-17"],
    "BarrierThatSwallowsTheActionsError": ["BARRIER-17"],
    "BarrierThatATimeoutDoesNotBreak": ["BARRIER-22"],
    "BarrierThatStaysBrokenAfterReset": ["BARRIER-18", "BARRIER-32", "BARRIER-35"],
    "BarrierWhoseResetForgetsTheWaiters": ["BARRIER-36"],
    "BarrierWhoseResetForgetsALoneWaiter": ["BARRIER-36"],
    "BarrierWhoseAbortIsForgotten": ["BARRIER-32"],
    "BarrierThatNumbersAllZero": ["BARRIER-01"],
    "BarrierThatIgnoresItsTimeout": ["BARRIER-25"],
    "BarrierThatTakesAnyTimeout": ["BARRIER-28"],
    "BarrierWhoseAbortWakesNobody": ["BARRIER-31"],
    "LateBarrier": ["BARRIER-53"],
    "QueueWhoseGetIgnoresTheTimeout": ["QUEUE-10"],
    "QueueWhosePutIgnoresTheTimeout": ["QUEUE-10"],
    "QueueWhoseGetWakesNoPutter": ["QUEUE-19", "QUEUE-21"],
    "QueueWhosePutWakesNoGetter": ["QUEUE-18", "QUEUE-20"],
    "QueueWhoseJoinLooksAtTheItems": ["QUEUE-44"],
    "QueueWhoseTaskDoneWakesOneJoiner": ["QUEUE-33"],
    "QueueThatAcceptsTooManyTaskDone": ["QUEUE-34"],
    "QueueWhosePutNowaitIgnoresMaxsize": ["QUEUE-09"],
    "QueueWhoseShutdownForgetsPutters": ["QUEUE-40"],
    "QueueWhoseShutdownForgetsGetters": ["QUEUE-40"],
    "QueueWhoseShutdownDropsTheItems": ["QUEUE-37"],
    "QueueWhoseImmediateShutdownLeavesJoinAsleep": ["QUEUE-43"],
    "QueueThatBeginsWithATask": ["QUEUE-03"],
    "QueueOfOneThatIsNeverFull": ["QUEUE-04"],
    "QueueThatTakesZeroForNoTimeout": ["QUEUE-11"],
    "QueueThatWakesTheHerd": ["QUEUE-80"],
    "QueueThatCountsATaskTooLate": ["QUEUE-84"],
    "QueueWhoseShutdownEndsJoin": ["QUEUE-41"],
    "LateQueue": ["QUEUE-85"],
    "LifoQueueThatIsFifo": ["LIFO-01"],
    "PriorityQueueThatDoesNotSift": ["PRIO-01"],
    "PriorityQueueThatDropsEquals": ["PRIO-03"],
    "PriorityQueueThatPutsWhoWaitedLast": ["PRIO-06"],
    "SimpleQueueThatHandsItemsToTheGone": ["SIMPLEQ-14"],
    "SimpleQueueWhoseTimedOutGettersStay": ["SIMPLEQ-14"],
    "SimpleQueueThatIgnoresTheTimeout": ["SIMPLEQ-10"],
    "SimpleQueueThatIsLifo": ["SIMPLEQ-01"],
    "QueueThatTakesNothingForNoItem": ["QUEUE-02"],
    "SimpleQueueThatTakesNothingForNoItem": ["SIMPLEQ-02"],
    "LifoQueueThatTakesNothingForNoItem": ["LIFO-03"],
    "SimpleQueueWhosePutNowaitAnswers": ["SIMPLEQ-28"],
    "LateSimpleQueue": ["SIMPLEQ-29"],
    "IteratorWithoutALock": ["ITER-09"],
    "IteratorWithALockForEachCall": ["ITER-09"],
    "IteratorWhoseSendDoesNotWait": ["ITER-09"],
    "IteratorThatAnErrorLeavesLocked": ["ITER-04"],
    "IteratorThatAsksAhead": ["ITER-07"],
    "IteratorThatCanAlwaysBeClosed": ["ITER-13"],
    "decorator_that_locks_the_function": ["ITER-17"],
    "decorator_without_a_name": ["ITER-19"],
    "tee_without_a_second_look": ["ITER-33"],
    "tee_with_a_lock_each": ["ITER-33"],
    "tee_of_a_tee_that_takes_its_items": ["ITER-27"],
    "tee_of_less_than_none": ["ITER-23"],
    "tee_that_asks_ahead": ["ITER-25"],
    "tee_that_is_a_list": ["ITER-22"],
}

CAUGHT_AT_OTHER_LEVELS = {
    "RLockThatTheOldOwnerStillHolds": ["RLOCK-30"],
    "RLockThatIsOwnedWhileItsOwnerWaits": ["RLOCK-39"],
    "RLockThatShowsADepthThatIsGone": ["RLOCK-40"],
    "ConditionThatWakesTheYoungest": ["COND-66", "COND-67", "COND-68", "COND-70"],
    "ConditionThatSavesOneLevel": ["COND-60"],
    "ConditionWhoseNotifyMindsAHandler": ["COND-76"],
    "EventWhoseWarningPointsAtItself": ["SIG-12"],
    "EventWhoseWarningSaysTooLittle": ["SIG-12"],
    "SemaphoreThatWakesTheYoungest": ["SEM-18", "SEM-40"],
    "SemaphoreThatWaitsForTheClock": ["INTER-33"],
    "BoundedSemaphoreThatWakesTheYoungest": ["BSEM-17"],
    "BoundedSemaphoreThatRefusesInItsOwnWords": ["BSEM-13"],
    "QueueThatWakesTheYoungestGetter": ["QUEUE-81"],
    "QueueThatReadsMaxsizeOnce": ["QUEUE-07"],
    "QueueThatForgetsAGetterForARefusedItem": ["QUEUE-74", "QUEUE-83"],
    "QueueThatBeginsBeforeItKnowsItsLimit": ["QUEUE-86"],
    "QueueThatLooksWithoutTheMutex": ["QUEUE-55"],
    "QueueWhoseTaskDoneWakesTooEarly": ["QUEUE-87"],
    "QueueThatDoesNotHonourHooks": ["QUEUE-49", "QUEUE-53"],
    "QueueThatKeepsAnItemAlive": ["QUEUE-28", "QUEUE-29"],
    "SimpleQueueThatRefusesInItsOwnWords": ["SIMPLEQ-27"],
    "SemaphoreThatRoundsItsValue": ["SEM-43"],
    "SemaphoreWhoseReleaseAnswers": ["SIG-49"],
    "QueueThatCopiesItems": ["QUEUE-88"],
    "SimpleQueueThatCopiesItems": ["SIMPLEQ-30"],
    "LifoQueueThatCopiesItems": ["LIFO-09"],
    "QueueThatWaitsForAYearByDefault": ["SIG-48"],
    "IteratorThatForgetsWhatAGeneratorReturned": ["ITER-15"],
    "IteratorThatKeepsTheLastItem": ["ITER-16"],
    "IteratorThatLosesItemsToSignals": ["ITER-34"],
    "IteratorThatStaysLockedInAChild": ["ITER-36"],
    "tee_that_refuses_in_its_own_words": ["ITER-32"],
    "tee_that_keeps_every_item": ["ITER-31"],
    "tee_that_loses_items_to_signals": ["ITER-35"],
}

ALL = {**CAUGHT_BY, **CAUGHT_AT_OTHER_LEVELS}

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

    def run(identifiers, level="all", **environment):
        options = ["--level", level, "--only", ",".join(identifiers), "--json", "-"]
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
    # At a level that none of them is of, so that who sleeps for ever does so for a second only.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {name: pool.submit(conform, ALL[name], level="beyond", BUSTED=name) for name in names}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("name", ALL)
def test_suite_against_a_busted_primitive_fails_the_requirements_that_catch_it(name, verdicts):
    """Each requirement that a table names is not met, and of the contract if that table says so."""
    rows = verdicts[name].result()
    found = {identifier: row["outcome"] for identifier, row in rows.items()}
    assert found.keys() == set(ALL[name])
    assert not {"pass", "n/a"} & set(found.values()), (found, BUSTED[name].__doc__)
    assert {row["level"] == "contract" for row in rows.values()} == {name in CAUGHT_BY}


def test_suite_against_nothing_busted_passes_the_same_requirements(conform):
    """The kit, plugged in the same way, passes all the requirements that the tables name."""
    identifiers = {identifier for caught_by in ALL.values() for identifier in caught_by}
    rows = conform(sorted(identifiers))
    assert {identifier: row["outcome"] for identifier, row in rows.items()} == dict.fromkeys(
        identifiers, "pass"
    )


def test_tables_name_every_busted_primitive():
    """No busted primitive is left untested."""
    assert set(ALL) == set(BUSTED)

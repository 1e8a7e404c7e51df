"""The kit proves itself, and every busted primitive that is wrong between threads is refuted."""

import pytest

import syncprims
from syncprims.explore import explore, replay
from tests.busted.suspect import BUSTED

from .kit import SCENARIOS

REFUTED_BY = {
    "RLockThatAnyThreadMayRelease": "acquire_times_out_and_leaves_it_to_the_holder",
    "RLockThatOpensAtTheFirstRelease": "is_taken_twice_by_each",
    "RLockThatIsNotReentrant": "is_taken_twice_by_each",
    "RLockThatIgnoresTheTimeout": "acquire_times_out_and_leaves_it_to_the_holder",
    "RLockThatStaysOwnedAfterATimeout": "acquire_races_with_a_timed_one",
    "ConditionThatLosesANotify": "wait_and_notify",
    "ConditionThatWakesOneTooMany": "time_out_races_with_notify",
    "ConditionWhoseNotifyAllWakesOne": "notify_all_wakes_all",
    "ConditionThatWakesTheYoungest": "notify_wakes_who_came_first",
    "ConditionThatForgetsTheLockAfterATimeout": "time_out_leaves_the_notification_to_another",
    "ConditionThatRestoresOneLevel": "wait_over_an_rlock_taken_twice",
    "ConditionThatLetsGoOfOneLevel": "wait_over_an_rlock_taken_twice",
    "ConditionThatNeverReportsATimeout": "time_out_races_with_notify",
    "ConditionWhoseTimedOutWaitersStay": "time_out_leaves_the_notification_to_another",
    "ConditionWhoseWaitForRestartsTheTimeout": "wait_for_has_one_time_out",
    "ConditionWhoseWaitForLooksOnce": "wait_for_looks_again",
    "EventThatForgetsASetBeforeAClear": "set_and_clear_wake_who_waits",
    "EventThatOverlooksARacingSet": "wait_and_set",
    "EventThatReturnsNoneOnATimeout": "wait_times_out",
    "EventThatWakesOneWaiter": "set_wakes_two",
    "EventThatClearsItself": "time_out_races_with_set",
    "EventThatIgnoresTheTimeout": "wait_times_out",
    "SemaphoreThatForgetsN": "release_wakes_two",
    "SemaphoreWhoseReleaseOfManyWakesOne": "release_wakes_two",
    "SemaphoreThatLosesAPermitOnATimeout": "time_out_leaves_the_permit_to_another",
    "SemaphoreWhoseTimedOutWaitersStay": "time_out_leaves_the_permit_to_another",
    "SemaphoreThatGoesBelowZero": "one_of_two_that_try_may_fail_of_Semaphore",
    "SemaphoreThatIsNotReleasedOnExit": "is_left_by_an_exception_of_Semaphore",
    "BoundedSemaphoreThatAddsBeforeItRefuses": "refuses_one_release_of_two",
    "BoundedSemaphoreThatLooksBeforeItAdds": "refuses_one_release_of_two",
    "BoundedSemaphoreWithoutABound": "refuses_one_release_of_two",
    "BarrierThatIsLapped": "fills_twice",
    "BarrierThatActsInEveryThread": "action_runs_once_before_anybody_passes",
    "BarrierThatActsTooLate": "action_runs_once_before_anybody_passes",
    "BarrierThatSwallowsTheActionsError": "action_that_fails_breaks_it",
    "BarrierThatATimeoutDoesNotBreak": "time_out_breaks_it",
    "BarrierThatStaysBrokenAfterReset": "reset_throws_out_who_waits_and_begins_anew",
    "BarrierWhoseResetForgetsTheWaiters": "reset_throws_out_who_waits_and_begins_anew",
    "BarrierWhoseResetForgetsALoneWaiter": "reset_throws_out_who_waits_and_begins_anew",
    "SemaphoreThatGivesUpWhenWokenInVain": "release_wakes_two",
    "BarrierWhoseAbortIsForgotten": "abort_throws_out_who_waits",
    "BarrierThatNumbersAllZero": "fills",
    "BarrierThatIgnoresItsTimeout": "has_a_time_out_of_its_own",
    "QueueWhoseGetIgnoresTheTimeout": "get_times_out_of_Queue",
    "QueueWhosePutIgnoresTheTimeout": "put_times_out",
    "QueueThatWakesTheYoungestGetter": "item_goes_to_who_came_first",
    "QueueWhoseGetWakesNoPutter": "put_sleeps_until_get_of_Queue",
    "QueueWhosePutWakesNoGetter": "put_and_get_of_Queue",
    "QueueWhoseJoinLooksAtTheItems": "join_waits_for_task_done",
    "QueueWhoseTaskDoneWakesOneJoiner": "last_task_done_wakes_two",
    "QueueThatAcceptsTooManyTaskDone": "one_task_done_of_two_is_refused",
    "QueueWhosePutNowaitIgnoresMaxsize": "one_of_two_that_put_at_once_fails",
    "QueueWhoseShutdownForgetsPutters": "shutdown_wakes_put",
    "QueueWhoseShutdownForgetsGetters": "shutdown_wakes_get",
    "QueueWhoseShutdownDropsTheItems": "shutdown_races_with_put_and_get",
    "QueueWhoseImmediateShutdownLeavesJoinAsleep": "immediate_shutdown_wakes_join",
    "SimpleQueueThatHandsItemsToTheGone": "timed_get_races_with_put_of_SimpleQueue",
    "SimpleQueueWhoseTimedOutGettersStay": "timed_get_leaves_the_item_to_another_of_SimpleQueue",
    "SimpleQueueThatIgnoresTheTimeout": "get_times_out_of_SimpleQueue",
    "BarrierWhoseAbortWakesNobody": "abort_throws_out_who_waits",
    "ConditionThatSavesOneLevel": "wait_and_notify",
    "ConditionWhoseNotifyMustNotBeCutShort": "time_out_races_with_notify",
    "ConditionWhosePredicateRunsWithoutTheLock": "wait_for_has_one_time_out",
    "LockThatIsBornHeld": "is_held_by_one",
    "PriorityQueueThatDropsEquals": "two_put_at_once_where_the_limit_came_late_of_PriorityQueue",
    "QueueThatBeginsWithATask": "immediate_shutdown_wakes_join",
    "QueueThatCountsATaskTooLate": "put_and_get_of_Queue",
    "QueueThatWakesTheHerd": "item_goes_to_who_came_first",
    "SemaphoreThatAddsOneTooMany": "lets_one_in_of_Semaphore",
    "SemaphoreThatServesTheGone": "lets_one_in_of_Semaphore",
    "SemaphoreThatWakesTheYoungest": "release_wakes_two",
    "IteratorWithoutALock": "gives_each_item_to_one",
    "IteratorWithALockForEachCall": "gives_each_item_to_one",
    "decorator_that_locks_the_function": "makes_what_gives_each_item_to_one",
    "tee_without_a_second_look": "gives_every_item_to_each",
    "tee_with_a_lock_each": "gives_every_item_to_each",
}

# One thread is enough to show what is wrong with these: there is nothing to explore.
WRONG_IN_ONE_THREAD = {
    "BoundedSemaphoreThatRefusesInItsOwnWords",
    "ConditionThatRefusesAFractionBelowZero",
    "EventWhoseWarningSaysTooLittle",
    "QueueThatLooksWithoutTheMutex",
    "RLockThatIsOwnedWhileItsOwnerWaits",
    "RLockThatShowsADepthThatIsGone",
    "SemaphoreThatWaitsForTheClock",
    "ConditionThatLetsStrangersNotify",
    "QueueThatReadsMaxsizeOnce",
    "QueueThatDoesNotHonourHooks",
    "QueueThatKeepsAnItemAlive",
    "LifoQueueThatIsFifo",
    "PriorityQueueThatDoesNotSift",
    "SimpleQueueThatIsLifo",
    "BarrierThatTakesAnyTimeout",
    "BoundedSemaphoreThatForgetsItsValue",
    "BoundedSemaphoreThatWakesBeforeItRefuses",
    "ConditionThatTakesAnyTimeout",
    "ConditionWhoseWaitForLooksUntilTheClockMoves",
    "EventThatTakesAnyTimeout",
    "EventWhoseOldNameSaysNo",
    "EventWhoseWarningPointsAtItself",
    "LockThatTakesAnyTimeout",
    "QueueOfOneThatIsNeverFull",
    "QueueThatBeginsBeforeItKnowsItsLimit",
    "QueueThatTakesZeroForNoTimeout",
    "QueueWhoseShutdownEndsJoin",
    "RLockThatTakesAnyTimeout",
    "SemaphoreThatTakesAnyTimeout",
    "SimpleQueueThatRefusesInItsOwnWords",
    "SimpleQueueWhosePutNowaitAnswers",
    "SemaphoreThatRoundsItsValue",
    "SemaphoreWhoseReleaseAnswers",
    "QueueThatCopiesItems",
    "SimpleQueueThatCopiesItems",
    "LifoQueueThatCopiesItems",
    "QueueThatTakesNothingForNoItem",
    "SimpleQueueThatTakesNothingForNoItem",
    "LifoQueueThatTakesNothingForNoItem",
    "QueueThatWaitsForAYearByDefault",
    "IteratorThatAnErrorLeavesLocked",
    "IteratorThatAsksAhead",
    "IteratorThatCanAlwaysBeClosed",
    "IteratorThatForgetsWhatAGeneratorReturned",
    "IteratorThatKeepsTheLastItem",
    "decorator_without_a_name",
    "tee_of_a_tee_that_takes_its_items",
    "tee_of_less_than_none",
    "tee_that_asks_ahead",
    "tee_that_is_a_list",
    "tee_that_keeps_every_item",
    "tee_that_refuses_in_its_own_words",
}

# The suite sees these: time-outs by the real clock, old names, forks, handlers, foreign locks, an
# order of waking, and hooks and predicates that raise, which no scenario has.
LEFT_TO_THE_SUITE = {
    "BoundedSemaphoreThatWakesTheYoungest",
    "ConditionThatLosesTheLockToAnError",
    "ConditionWhoseNotifyMindsAHandler",
    "ConditionWhoseNotifyAllOfOldWakesOne",
    "ConditionWhosePollTakesANotification",
    "PriorityQueueThatPutsWhoWaitedLast",
    "QueueThatForgetsAGetterForARefusedItem",
    "QueueWhoseTaskDoneWakesTooEarly",
    "RLockThatForgetsItsOwnerTooLate",
    "RLockThatTheOldOwnerStillHolds",
    "IteratorThatLosesItemsToSignals",
    "IteratorThatStaysLockedInAChild",
    "IteratorWhoseSendDoesNotWait",
    "tee_that_loses_items_to_signals",
    *(name for name in BUSTED if name.startswith("Late")),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_explore_scenario_of_the_kit_is_proved(name):
    """With its fields watched, _check() asked after each step, and time-outs at any time."""
    kind, scenario = SCENARIOS[name]
    result = explore(lambda: scenario(getattr(syncprims, kind)), timeouts="any")
    assert result.verdict == "proved", result
    assert "watched attributes" in result.claim or kind == "Lock"


@pytest.mark.parametrize("name", REFUTED_BY)
def test_explore_busted_primitive_is_refuted_with_a_schedule_that_replays(name):
    """One of the scenarios that the kit is proved by fails, and its replay comes to the same."""
    _, scenario = SCENARIOS[REFUTED_BY[name]]
    busted = BUSTED[name]
    failure = explore(lambda: scenario(busted)).failure
    assert failure.kind in ("exception", "invariant", "deadlock")
    again = replay(lambda: scenario(busted), failure.schedule).failure
    assert (again.kind, again.message) == (failure.kind, failure.message)


def test_every_primitive_has_scenarios_and_every_busted_one_is_refuted_if_it_can_be():
    """Nothing is left out."""
    exceptions = {"BrokenBarrierError", "Empty", "Full", "ShutDown"}
    assert {kind for kind, _ in SCENARIOS.values()} == set(syncprims.__all__) - exceptions
    assert REFUTED_BY.keys() | WRONG_IN_ONE_THREAD | LEFT_TO_THE_SUITE == BUSTED.keys()

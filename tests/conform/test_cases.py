"""The suite is just and sharp: who is right passes the contract, one fault is enough to fail."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from syncprims.conformance.report import UNMET

from .conftest import environment

HERE = Path(__file__).parent

FAILS_THE_CONTRACT = {
    "QueueThatIsNeverFullOfOne": "QUEUE",
    "QueueWhosePutWakesEverybody": "QUEUE",
    "SimpleQueueWhosePutNowaitReturnsSomething": "SIMPLEQ",
    "ConditionWhoseWaitForEndsATickTooLate": "COND",
    "ConditionThatAnInterruptedNotifyBreaks": "COND",
    "RLockThatForgetsItsOwnerTooLate": "RLOCK",
    "EventThatIsLate": "EVENT",
    "QueueThatCountsTooLate": "QUEUE",
    "SemaphoreWhosePermitGoesToTheGone": "SEM",
    "ConditionThatIsNotFinished": "COND",
}

WRONG_IN_A_DETAIL = {
    "RLockThatIsStillOwnedAfterAFork": "RLOCK",
    "QueueThatCallsItsHookTooEarly": "QUEUE",
    "ConditionWhoseWarningNamesItself": "COND,SIG",
    "RLockThatSaysNothing": "RLOCK",
    "SimpleQueueThatSaysSomethingElse": "QUEUE,SIMPLEQ",
}

RIGHT = {
    "PriorityQueueThatIsSorted": "PRIO",
    "StdlibQueue": "QUEUE",
    "QueueWithoutAnEnd": "QUEUE",
    "RLockOverACondition": "RLOCK",
}

needs_python_rlock = pytest.mark.skipif(
    not hasattr(threading, "_PyRLock"), reason="this Python has no RLock in Python"
)


def verdict(path, only, *arguments, **more):
    """Return the exit status of a run, and the ids that are not met."""
    command = [sys.executable, "-m", "syncprims", "conform", str(HERE / path), "--json", "-"]
    options = ["--only", only] if only else []
    process = subprocess.run(
        [*command, *options, *arguments],
        env=environment(**more),
        capture_output=True,
        text=True,
    )
    assert process.stdout, process.stderr
    (recording,) = json.loads(process.stdout)["recordings"]
    rows = recording["requirements"].items()
    return process.returncode, {name for name, row in rows if row["outcome"] in UNMET}


@pytest.mark.parametrize("name", FAILS_THE_CONTRACT)
def test_conform_of_one_fault_fails_the_contract(name):
    """An implementation with one fault that the documentation forbids fails the contract."""
    status, _ = verdict("cases.py", FAILS_THE_CONTRACT[name], CASE=name)
    assert status == 1


@pytest.mark.parametrize("name", WRONG_IN_A_DETAIL)
def test_conform_of_a_wrong_detail_passes_the_contract_alone(name):
    """One that is wrong in a detail passes the contract, and fails when all levels count.

    At all levels it fails more than the class does that it is made of.
    """
    only = WRONG_IN_A_DETAIL[name]
    assert verdict("cases.py", only, CASE=name)[0] == 0
    assert verdict("cases.py", only, "--level", "detail,stdlib-private", CASE=name)[0] == 1


@pytest.mark.parametrize("name", RIGHT)
def test_conform_of_one_that_is_right_passes_the_contract(name):
    """One that is right by the documentation passes the contract, however it does it."""
    status, unmet = verdict("cases.py", RIGHT[name], CASE=name)
    assert status == 0, unmet


@pytest.mark.parametrize("path", ["polling.py", "factories.py"])
def test_conform_of_another_design_passes_the_contract(path):
    """Who polls, and who gives functions in the place of classes, passes the contract."""
    status, unmet = verdict(path, None)
    assert status == 0, unmet

"""What a Barrier owes: a place where threads meet, and nobody is left standing when it breaks."""

from __future__ import annotations

import copy
import gc
import pickle
import re
import threading
import time
import weakref

from syncprims.conformance.crew import Crew, until
from syncprims.conformance.delays import BRIEF, LIMIT
from syncprims.conformance.requirement import cases, raises, requirement
from syncprims.conformance.signals import (
    Interrupted,
    in_child,
    interruptible,
    needs_fork,
    needs_signals,
)
from syncprims.conformance.timing import ends_in_time, lasting


def in_line(crew, barrier, n, *args):
    """Start `n` threads that wait, one behind the other."""
    tasks = []
    for place in range(1, n + 1):
        tasks.append(crew.start(barrier.wait, *args))
        crew.asleep(barrier, place)
    return tasks


def meet(crew, barrier):
    """Have as many threads wait as the barrier wants; return their numbers in order."""
    tasks = [crew.start(barrier.wait) for _ in range(barrier.parties)]
    return sorted(task.result() for task in tasks)


def outcome(task, error):
    """Return a party's number, or "broken" if it got BrokenBarrierError, which is `error`."""
    try:
        return task.result()
    except error:
        return "broken"


def all_broken(tasks, error):
    """Return whether every task got BrokenBarrierError, which is `error`."""
    return {outcome(task, error) for task in tasks} == {"broken"}


@cases("parties", [1, 2, 5])
@requirement("BARRIER-01", hint="number the parties as they come: the count before yours is added")
def test_wait_returns_each_number_once(Barrier, crew, parties):
    """wait returns a different number from 0 to parties-1 to each party of a meeting."""
    assert meet(crew, Barrier(parties)) == list(range(parties))


@requirement("BARRIER-02", hint="sleep until the count is full; the last one opens all the gates")
def test_wait_lets_nobody_pass_before_the_last_has_come(Barrier, crew):
    """The parties sleep until the last has come; then all of them pass."""
    barrier = Barrier(4)
    log = []

    def party():
        log.append("comes")
        barrier.wait()
        log.append("passes")

    tasks = [crew.start(party) for _ in range(3)]
    crew.asleep(barrier, 3)
    assert log == ["comes"] * 3
    tasks.append(crew.start(party))
    for task in tasks:
        task.result()
    assert log == ["comes"] * 4 + ["passes"] * 4


@requirement("BARRIER-03", hint="who fills the barrier does not sleep")
def test_wait_alone_passes_at_once(Barrier):
    """A barrier for one party lets it pass at once, every time."""
    barrier = Barrier(1)
    assert [barrier.wait(), barrier.wait(), barrier.wait(0)] == [0, 0, 0]


@requirement(
    "BARRIER-04",
    race=True,
    hint="give each meeting a state of its own, or let nobody in before all of the last have left",
)
def test_wait_in_many_meetings_lets_no_fast_party_lap_a_slow_one(Barrier, crew):
    """In meeting after meeting no fast party takes the place of a slow one."""
    barrier = Barrier(3)
    meetings = [set() for _ in range(15)]
    numbers = [[] for _ in range(15)]

    def party(name, dawdle):
        for meeting, given in zip(meetings, numbers, strict=True):
            meeting.add(name)
            given.append(barrier.wait())
            assert meeting == {"fast", "steady", "slow"}
            dawdle()

    tasks = [
        crew.start(party, "fast", lambda: None),
        crew.start(party, "steady", lambda: time.sleep(0)),
        crew.start(party, "slow", lambda: time.sleep(0.0005)),
    ]
    for task in tasks:
        task.result()
    assert [sorted(given) for given in numbers] == [[0, 1, 2]] * 15


@requirement("BARRIER-05", race=True, hint="start counting anew when the last party has come")
def test_wait_with_more_threads_than_parties_meets_in_groups(Barrier, crew):
    """More threads than parties meet in groups: each group's members get different numbers."""
    barrier = Barrier(3)
    tasks = [crew.start(barrier.wait) for _ in range(12)]
    assert sorted(task.result() for task in tasks) == sorted([0, 1, 2] * 4)
    assert barrier.n_waiting == 0


@requirement(
    "BARRIER-06",
    hint="while the action runs the meeting is full: who comes waits, or begins the next",
)
def test_wait_while_the_action_runs_is_for_the_next_meeting(Barrier, crew):
    """Who comes while the action runs takes part in the next meeting, not in this one."""
    leave = threading.Event()
    barrier = Barrier(2, leave.wait)
    first = in_line(crew, barrier, 1)
    first.append(crew.start(barrier.wait))
    early = crew.start(barrier.wait)
    # Nothing shows whether it has come already; the meetings must be right either way.
    crew.asleep(None, 3)
    assert not any(task.done for task in [*first, early])
    leave.set()
    until(lambda: barrier.n_waiting == 1)
    late = crew.start(barrier.wait)
    numbers = [task.result() for task in [*first, early, late]]
    assert sorted(numbers) == [0, 0, 1, 1]


@cases("parties", [0, -1])
@requirement("BARRIER-07", level="detail", since=(3, 13), hint="raise ValueError when parties < 1")
def test_init_with_less_than_one_party_raises_value_error(Barrier, parties):
    """A barrier for less than one party is refused with ValueError."""
    with raises(ValueError):
        Barrier(parties)


@cases("parties", ["2", None, []])
@requirement(
    "BARRIER-08",
    level="detail",
    since=(3, 13),
    hint="compare the number with 1 in __init__: that raises TypeError",
)
def test_init_with_no_number_raises_type_error(Barrier, parties):
    """A number of parties that cannot be compared with a number is refused with TypeError."""
    with raises(TypeError):
        Barrier(parties)


@requirement("BARRIER-09", hint="def __init__(self, parties, action=None, timeout=None)")
def test_init_takes_action_and_timeout_by_place_and_by_name(Barrier):
    """The parameters are parties, action and timeout, by place or name; parties must be given."""
    with raises(TypeError):
        Barrier()
    log = []
    for barrier in (
        Barrier(1, lambda: log.append("place"), LIMIT),
        Barrier(parties=1, action=lambda: log.append("name"), timeout=LIMIT),
        Barrier(1, None, None),
    ):
        assert barrier.wait(timeout=None) == 0
    assert log == ["place", "name"]


@requirement("BARRIER-10", hint="parties, n_waiting and broken are attributes, not methods")
def test_properties_of_a_new_barrier(Barrier):
    """A new barrier has its number of parties, nobody waiting, and is not broken."""
    barrier = Barrier(3)
    assert (barrier.parties, barrier.n_waiting, barrier.broken) == (3, 0, False)


@requirement("BARRIER-11", hint="n_waiting counts who has come and has not been let pass")
def test_n_waiting_counts_the_parties_that_sleep(Barrier, crew):
    """n_waiting is how many have come for the meeting, and 0 again after it."""
    barrier = Barrier(3)
    tasks, seen = [], []
    for place in (1, 2):
        tasks.append(crew.start(barrier.wait))
        until(lambda place=place: barrier.n_waiting == place)
        seen.append(barrier.broken)
    barrier.wait()
    for task in tasks:
        task.result()
    assert barrier.n_waiting == 0
    assert seen == [False, False]


@cases("name", ["parties", "n_waiting", "broken"])
@requirement("BARRIER-12", level="detail", hint="make them properties")
def test_properties_are_read_only(Barrier, name):
    """parties, n_waiting and broken cannot be assigned to: AttributeError."""
    barrier = Barrier(2)
    with raises(AttributeError):
        setattr(barrier, name, 1)


@requirement("BARRIER-13", hint="the last party to come, and it alone, calls the action")
def test_action_runs_once_in_each_meeting(Barrier, crew):
    """The action runs exactly once in each meeting, with no arguments."""
    log = []
    barrier = Barrier(3, lambda *arguments: log.append(arguments))
    for _ in range(4):
        assert meet(crew, barrier) == [0, 1, 2]
    assert log == [()] * 4


@requirement("BARRIER-14", hint="call the action before you open the first gate")
def test_action_runs_before_anybody_passes(Barrier, crew):
    """The action runs when all have come and before anybody passes."""
    log = []
    passed = threading.Event()

    def act():
        passed.wait(BRIEF)  # time enough for who passes too early to be seen
        log.append("acts")

    barrier = Barrier(3, act)

    def party():
        log.append("comes")
        barrier.wait()
        log.append("passes")
        passed.set()

    tasks = [crew.start(party) for _ in range(3)]
    for task in tasks:
        task.result()
    assert log == ["comes"] * 3 + ["acts"] + ["passes"] * 3


@requirement("BARRIER-15", hint="call the action in wait, in the thread of a party")
def test_action_runs_in_a_party(Barrier, crew):
    """The action runs in the thread of one of the parties."""
    actors = []
    barrier = Barrier(3, lambda: actors.append(threading.get_ident()))
    parties = []

    def party():
        parties.append(threading.get_ident())
        barrier.wait()

    tasks = [crew.start(party) for _ in range(3)]
    for task in tasks:
        task.result()
    assert len(actors) == 1
    assert actors[0] in parties


@requirement(
    "BARRIER-16",
    level="detail",
    hint="count the last party too before you call the action; let the properties take no lock",
)
def test_action_sees_all_parties_waiting(Barrier, crew):
    """The action may read the properties; it sees all the parties waiting and nothing broken."""
    seen = []
    barrier = Barrier(3, lambda: seen.append((barrier.parties, barrier.n_waiting, barrier.broken)))
    meet(crew, barrier)
    assert seen == [(3, 3, False)]


@cases("error", [LookupError, SystemExit, KeyboardInterrupt])
@requirement(
    "BARRIER-17",
    hint="catch BaseException around the action: break the barrier, wake all, raise it again",
)
def test_action_that_raises_breaks_the_barrier(Barrier, BrokenBarrierError, crew, error):
    """An action's exception comes out of wait in its thread; the others find the barrier broken."""

    def action():
        raise error

    barrier = Barrier(3, action)
    sleeping = in_line(crew, barrier, 2)
    with raises(error):
        barrier.wait()
    assert all_broken(sleeping, BrokenBarrierError)
    assert barrier.broken is True


@requirement("BARRIER-18", hint="reset leaves nothing of the broken state")
def test_reset_after_an_action_that_raised_gives_it_another_try(Barrier, BrokenBarrierError, crew):
    """A barrier broken by its action can be reset; the action runs again in the next meeting."""
    outcomes = iter([True, False])

    def action():
        if next(outcomes):
            raise LookupError

    barrier = Barrier(2, action)
    sleeping = in_line(crew, barrier, 1)
    with raises(LookupError):
        barrier.wait()
    with raises(BrokenBarrierError):
        sleeping[0].result()
    barrier.reset()
    assert meet(crew, barrier) == [0, 1]


@requirement(
    "BARRIER-19",
    beyond="the action's thread deadlocks on the barrier's own lock",
    hint="call the action with no mutex held",
)
def test_action_may_abort(Barrier, BrokenBarrierError, crew):
    """The action may call abort: all the parties, its own too, get BrokenBarrierError."""
    barrier = Barrier(2, lambda: barrier.abort())
    tasks = [crew.start(barrier.wait) for _ in range(2)]
    assert all_broken(tasks, BrokenBarrierError)
    assert barrier.broken is True


@requirement(
    "BARRIER-20",
    beyond="the action's thread deadlocks on the barrier's own lock",
    hint="call the action with no mutex held, and look afterwards whether the meeting still stands",
)
def test_action_may_reset(Barrier, BrokenBarrierError, crew):
    """The action may call reset: its parties get BrokenBarrierError, and the next can meet."""
    calls = []

    def action():
        calls.append(True)
        if len(calls) == 1:
            barrier.reset()

    barrier = Barrier(2, action)
    tasks = [crew.start(barrier.wait) for _ in range(2)]
    assert all_broken(tasks, BrokenBarrierError)
    assert meet(crew, barrier) == [0, 1]


@requirement("BARRIER-21", hint="break the barrier when your time has passed, and raise")
def test_wait_times_out_raises_broken_barrier_error(Barrier, BrokenBarrierError):
    """wait raises BrokenBarrierError once the time-out has passed, and not before."""
    barrier = Barrier(2)
    with lasting(3 * BRIEF), raises(BrokenBarrierError):
        barrier.wait(3 * BRIEF)


@requirement("BARRIER-22", hint="who times out writes broken and opens all the gates")
def test_wait_times_out_breaks_the_barrier_for_the_others(Barrier, BrokenBarrierError, crew):
    """A party that times out breaks the barrier: the others get BrokenBarrierError at once."""
    barrier = Barrier(4)
    sleeping = in_line(crew, barrier, 2)
    with raises(BrokenBarrierError):
        barrier.wait(timeout=BRIEF)
    assert barrier.broken is True
    assert all_broken(sleeping, BrokenBarrierError)


@cases("timeout", [0, 0.0, -0.5, -1, -1e9])
@requirement(
    "BARRIER-23",
    hint="a time-out that has passed is no error of its own: break and raise BrokenBarrierError",
)
def test_wait_with_no_time_left_breaks_the_barrier_at_once(Barrier, BrokenBarrierError, timeout):
    """With a time-out of zero or less a party that is not the last breaks the barrier at once."""
    barrier = Barrier(2)
    with raises(BrokenBarrierError):
        barrier.wait(timeout)
    assert barrier.broken is True


@cases("timeout", [0, -0.5, -1])
@requirement("BARRIER-24", hint="who fills the barrier does not look at its time-out")
def test_wait_of_the_last_party_ignores_the_timeout(Barrier, crew, timeout):
    """The last party to come passes, however little time it gives."""
    barrier = Barrier(2)
    sleeping = in_line(crew, barrier, 1)
    assert {barrier.wait(timeout), sleeping[0].result()} == {0, 1}


@requirement("BARRIER-25", hint="if timeout is None take self's own")
def test_wait_without_a_timeout_takes_the_barriers_own(Barrier, BrokenBarrierError):
    """Without a time-out of its own, or with None, wait takes the one the barrier was made with."""
    for arguments in ((), (None,)):
        barrier = Barrier(2, timeout=BRIEF)
        with lasting(BRIEF), raises(BrokenBarrierError):
            barrier.wait(*arguments)


@cases("timeout", [LIMIT, threading.TIMEOUT_MAX])
@requirement("BARRIER-26", hint="take self's own only if timeout is None, not if it is larger")
def test_wait_with_a_timeout_overrides_the_barriers_own(Barrier, crew, timeout):
    """A time-out given to wait, up to TIMEOUT_MAX, counts instead of the barrier's own."""
    barrier = Barrier(2, timeout=0)
    sleeping = in_line(crew, barrier, 1, timeout)
    assert {barrier.wait(), sleeping[0].result()} == {0, 1}


@requirement("BARRIER-27", level="detail", hint="once all have come nobody can time out any more")
def test_wait_times_out_while_the_action_runs_breaks_nothing(Barrier, BrokenBarrierError, crew):
    """A time-out that ends when all have come, while the action still runs, breaks nothing."""
    acted = False

    def action():
        nonlocal acted
        acted = True
        time.sleep(timeout + BRIEF)

    # On a slow machine the party may give up before the other has come: then give it more time.
    timeout = BRIEF
    while True:
        barrier = Barrier(2, action)
        waiting = crew.start(barrier.wait, timeout)
        until(lambda: barrier.n_waiting == 1 or barrier.broken)  # noqa: B023
        try:
            number = barrier.wait()
            break
        except BrokenBarrierError:
            assert not acted
            timeout *= 2
    assert {number, waiting.result()} == {0, 1}
    assert barrier.broken is False


@cases("timeout", [1e100, float("inf"), threading.TIMEOUT_MAX + 1])
@requirement("BARRIER-28", hint="try the time-out before you count the caller")
def test_wait_with_a_timeout_that_is_too_long_changes_nothing(Barrier, crew, timeout):
    """A time-out beyond TIMEOUT_MAX is refused with OverflowError; the meeting goes on."""
    barrier = Barrier(3)
    sleeping = in_line(crew, barrier, 1)
    with raises(OverflowError):
        barrier.wait(timeout)
    assert (barrier.n_waiting, barrier.broken) == (1, False)
    sleeping += [crew.start(barrier.wait) for _ in range(2)]
    assert sorted(task.result() for task in sleeping) == [0, 1, 2]


@requirement(
    "BARRIER-29", level="detail", since=(3, 15), hint="refuse NaN before you count the caller"
)
def test_wait_with_nan_changes_nothing(Barrier, crew):
    """A time-out to sleep that is NaN is refused with the lock's error; the meeting goes on."""
    barrier = Barrier(3)
    sleeping = in_line(crew, barrier, 1)
    with raises((ValueError, OverflowError)):
        barrier.wait(float("nan"))
    assert (barrier.n_waiting, barrier.broken) == (1, False)
    sleeping += [crew.start(barrier.wait) for _ in range(2)]
    assert sorted(task.result() for task in sleeping) == [0, 1, 2]


@requirement(
    "BARRIER-30",
    race=True,
    hint="decide under the mutex: the last to come and the first to give up cannot both be right",
)
def test_wait_racing_a_timeout_passes_all_or_none(Barrier, BrokenBarrierError, crew):
    """When the last party comes just as another gives up, either both pass or neither does."""

    for attempt in range(10):
        barrier = Barrier(2)
        parties = [crew.start(barrier.wait, 0.0001 * attempt) for _ in range(2)]
        assert {outcome(party, BrokenBarrierError) for party in parties} in ({0, 1}, {"broken"})


@requirement("BARRIER-31", hint="abort writes broken and opens all the gates")
def test_abort_wakes_the_waiting_with_broken_barrier_error(Barrier, BrokenBarrierError, crew):
    """abort breaks the barrier: it says so, and those that wait get BrokenBarrierError."""
    barrier = Barrier(4)
    sleeping = in_line(crew, barrier, 2)
    sleeping.append(crew.start(barrier.wait, LIMIT))
    crew.asleep(barrier, 3)
    barrier.abort()
    assert barrier.broken is True
    assert all_broken(sleeping, BrokenBarrierError)


@cases("parties", [1, 2])
@requirement("BARRIER-32", hint="look whether it is broken before you count the caller")
def test_wait_on_a_broken_barrier_raises_at_once(Barrier, BrokenBarrierError, crew, parties):
    """On a broken barrier every wait raises BrokenBarrierError at once, until it is reset."""
    barrier = Barrier(parties)
    barrier.abort()
    barrier.abort()
    for arguments in ((), (LIMIT,), (0,)):
        assert outcome(crew.start(barrier.wait, *arguments), BrokenBarrierError) == "broken"
    assert barrier.broken is True
    barrier.reset()
    assert meet(crew, barrier) == list(range(parties))


@requirement(
    "BARRIER-33",
    level="detail",
    hint="n_waiting is zero as soon as the barrier is broken, though they are not yet awake",
)
def test_n_waiting_of_a_broken_barrier_is_zero(Barrier, BrokenBarrierError, crew):
    """Nobody waits at a broken barrier, as n_waiting says at once."""
    barrier = Barrier(3)
    sleeping = in_line(crew, barrier, 2)
    barrier.abort()
    assert barrier.n_waiting == 0
    assert all_broken(sleeping, BrokenBarrierError)
    assert barrier.n_waiting == 0


@requirement(
    "BARRIER-34",
    beyond="parties that are not yet awake get BrokenBarrierError",
    hint="decide at the gate: who was let pass passes, whatever happens afterwards",
)
def test_abort_after_a_meeting_takes_nothing_from_its_parties(Barrier, crew):
    """Parties that have been let pass do pass, although abort follows before they are awake."""
    barrier = Barrier(5)
    sleeping = in_line(crew, barrier, 4)
    barrier.wait()
    barrier.abort()
    assert sorted(task.result() for task in sleeping) == [0, 1, 2, 3]
    assert barrier.broken is True


@requirement("BARRIER-35", hint="reset clears broken and the count")
def test_reset_of_a_broken_barrier_makes_it_usable(Barrier, crew):
    """reset makes a broken barrier usable again."""
    barrier = Barrier(3)
    barrier.abort()
    barrier.reset()
    assert (barrier.broken, barrier.n_waiting) == (False, 0)
    assert meet(crew, barrier) == [0, 1, 2]


@cases("waiting", [1, 2])
@requirement(
    "BARRIER-36", hint="reset sends away who waits, and gives those who come a meeting of their own"
)
def test_reset_sends_the_waiting_away(Barrier, BrokenBarrierError, crew, waiting):
    """reset gives BrokenBarrierError to those that wait, and the barrier is ready for others."""
    barrier = Barrier(3)
    sleeping = in_line(crew, barrier, waiting)
    barrier.reset()
    assert (barrier.broken, barrier.n_waiting) == (False, 0)
    assert meet(crew, barrier) == [0, 1, 2]
    assert all_broken(sleeping, BrokenBarrierError)


@requirement(
    "BARRIER-37",
    hint="who waits belongs to a meeting, and that one was aborted: a reset does not mend it",
)
def test_reset_right_after_abort_sends_the_waiting_away(Barrier, BrokenBarrierError, crew):
    """Those that waited for an aborted barrier learn it, although reset follows at once."""
    barrier = Barrier(3)
    sleeping = in_line(crew, barrier, 2)
    barrier.abort()
    barrier.reset()
    assert all_broken(sleeping, BrokenBarrierError)
    assert meet(crew, barrier) == [0, 1, 2]


@requirement("BARRIER-38", hint="reset with nobody waiting has nobody to send away")
def test_reset_of_an_idle_barrier_changes_nothing(Barrier, crew):
    """reset of a barrier at which nobody waits changes nothing."""
    barrier = Barrier(2)
    barrier.reset()
    assert meet(crew, barrier) == [0, 1]
    barrier.reset()
    assert (barrier.parties, barrier.n_waiting, barrier.broken) == (2, 0, False)
    assert meet(crew, barrier) == [0, 1]


@requirement("BARRIER-39", hint="who was let pass is no longer waiting: reset must not reach it")
def test_reset_after_a_meeting_takes_nothing_from_its_parties(Barrier, crew):
    """Parties that have been let pass do pass, although reset follows before they are awake."""
    barrier = Barrier(5)
    sleeping = in_line(crew, barrier, 4)
    barrier.wait()
    barrier.reset()
    assert sorted(task.result() for task in sleeping) == [0, 1, 2, 3]
    assert meet(crew, barrier) == [0, 1, 2, 3, 4]


@cases("timeout", [None, LIMIT])
@needs_signals
@requirement(
    "BARRIER-40",
    main_thread=True,
    beyond="the party leaves without a word, and the others sleep on",
    hint="catch BaseException around the sleep: break the barrier, wake all, raise it again",
)
def test_wait_interrupted_breaks_the_barrier(Barrier, BrokenBarrierError, crew, timeout):
    """A party that a signal handler's exception gets out breaks the barrier for the others."""
    barrier = Barrier(3)
    sleeping = in_line(crew, barrier, 1)

    def strike():
        crew.asleep(barrier, 2)
        interrupt()

    with interruptible() as interrupt:
        striking = crew.start(strike)
        with raises(Interrupted):
            barrier.wait(timeout)
        striking.result()
    try:
        assert all_broken(sleeping, BrokenBarrierError)
        assert barrier.broken is True
    finally:
        barrier.abort()


@requirement("BARRIER-41", hint="class BrokenBarrierError(RuntimeError)")
def test_broken_barrier_error_is_a_runtime_error(Barrier, BrokenBarrierError):
    """BrokenBarrierError is a RuntimeError."""
    assert issubclass(BrokenBarrierError, RuntimeError)


@needs_fork
@requirement(
    "BARRIER-42",
    beyond="the child still counts the parent's waiting threads",
    hint="register with os.register_at_fork: begin a new meeting in the child",
)
def test_fork_leaves_the_waiting_behind(Barrier, crew):
    """In the child of a fork nobody waits, and as many threads as there are parties can meet."""
    barrier = Barrier(3)
    sleeping = in_line(crew, barrier, 2)

    def child():
        assert (barrier.n_waiting, barrier.broken) == (0, False)
        assert meet(Crew(), barrier) == [0, 1, 2]

    try:
        in_child(child)
    finally:
        barrier.wait()
    assert sorted(task.result() for task in sleeping) == [0, 1]


@needs_fork
@requirement(
    "BARRIER-43",
    beyond="the child's barrier stays locked by a thread it does not have",
    hint="register with os.register_at_fork: free the mutex that a lost thread held",
)
def test_fork_while_the_action_runs_leaves_the_child_a_usable_barrier(Barrier, crew):
    """The child of a fork made while another thread runs the action can use the barrier."""
    acting, leave = threading.Event(), threading.Lock()
    leave.acquire()  # no Event: the child would find it as its waiter left it, perhaps half-way

    def action():
        acting.set()
        with leave:
            pass

    barrier = Barrier(2, action)
    tasks = [crew.start(barrier.wait) for _ in range(2)]
    assert acting.wait(LIMIT)

    def child():
        leave.release()
        own = Crew()
        parties = [own.start(barrier.wait) for _ in range(2)]
        assert sorted(task.result() for task in parties) == [0, 1]

    try:
        in_child(child)
    finally:
        leave.release()
    assert sorted(task.result() for task in tasks) == [0, 1]


@needs_fork
@requirement(
    "BARRIER-44", level="detail", hint="keep broken in the object: the child's copy is its own"
)
def test_fork_keeps_a_broken_barrier_broken(Barrier, BrokenBarrierError):
    """A broken barrier is broken in the child of a fork too, until it is reset there."""
    barrier = Barrier(1)
    barrier.abort()

    def child():
        with raises(BrokenBarrierError):
            barrier.wait()
        barrier.reset()
        assert barrier.wait() == 0

    in_child(child)
    assert barrier.broken is True


@requirement("BARRIER-45", level="detail", hint="keep no reference to the barrier in what sleeps")
def test_weakref_does_not_keep_a_barrier_alive(Barrier):
    """A barrier can be weakly referred to, and goes away when its user drops it."""
    barrier = Barrier(1)
    barrier.wait()
    ref = weakref.ref(barrier)
    assert ref() is barrier
    del barrier
    gc.collect()
    assert ref() is None


@cases("duplicate", [pickle.dumps, copy.deepcopy])
@requirement(
    "BARRIER-46", level="detail", hint="raise TypeError from __reduce__, or hold a lock that does"
)
def test_duplicate_raises(Barrier, duplicate):
    """A barrier can be neither pickled nor deep-copied: TypeError, or PicklingError."""
    with raises((TypeError, pickle.PicklingError)):
        duplicate(Barrier(2))


@requirement(
    "BARRIER-47", level="detail", since=(3, 11), hint="<module.Class at 0x...: waiters=2/3>"
)
def test_repr_shows_the_waiting_and_the_parties(Barrier, crew):
    """repr names the class in full, its address, how many wait and how many parties there are."""
    barrier = Barrier(3)
    sleeping = in_line(crew, barrier, 2)
    found = re.fullmatch(r"<(.+) at (0x[0-9a-f]+): waiters=2/3>", repr(barrier))
    assert found
    cls = type(barrier)
    assert found.groups() == (f"{cls.__module__}.{cls.__qualname__}", f"{id(barrier):#x}")
    barrier.wait()
    for task in sleeping:
        task.result()
    assert repr(barrier).endswith(": waiters=0/3>")


@requirement("BARRIER-48", level="detail", since=(3, 11), hint="<module.Class at 0x...: broken>")
def test_repr_shows_that_it_is_broken(Barrier):
    """repr of a broken barrier says broken instead of how many wait."""
    barrier = Barrier(3)
    barrier.abort()
    cls = type(barrier)
    expected = f"<{cls.__module__}.{cls.__qualname__} at {id(barrier):#x}: broken>"
    assert repr(barrier) == expected


@requirement(
    "BARRIER-49",
    level="detail",
    since=(3, 14),
    hint='"parties must be >= 1"; BrokenBarrierError without a text',
)
def test_errors_say_what_the_stdlibs_say(Barrier, BrokenBarrierError):
    """The text of the ValueError is the stdlib's, and BrokenBarrierError comes without one."""
    with raises(ValueError) as refused:
        Barrier(0)
    assert str(refused.value) == "parties must be >= 1"
    barrier = Barrier(1)
    barrier.abort()
    with raises(BrokenBarrierError) as caught:
        barrier.wait()
    assert caught.value.args == ()


@requirement("BARRIER-50", level="detail", hint="loop inside wait, do not call self.wait again")
def test_wait_of_a_subclass_is_called_once_by_each_party(Barrier, crew):
    """A subclass's wait is called as often as the threads call it, also while an action runs."""
    leave = threading.Event()
    calls = []

    class Counting(Barrier):
        def wait(self, timeout=None):
            calls.append(None)
            return super().wait(timeout)

    barrier = Counting(2, leave.wait)
    tasks = [crew.start(barrier.wait) for _ in range(4)]
    until(lambda: len(calls) == 4)
    crew.asleep(None, 4)
    leave.set()
    assert sorted(task.result() for task in tasks) == [0, 0, 1, 1]
    assert len(calls) == 4


@cases("timeout", ["1", []])
@requirement("BARRIER-51", level="detail", hint="try the time-out before you count the caller")
def test_wait_with_a_timeout_that_is_no_number_changes_nothing(Barrier, crew, timeout):
    """A time-out that is no number is refused with TypeError; the meeting goes on."""
    barrier = Barrier(3)
    sleeping = in_line(crew, barrier, 1)
    with raises(TypeError):
        barrier.wait(timeout)
    assert (barrier.n_waiting, barrier.broken) == (1, False)
    sleeping += [crew.start(barrier.wait) for _ in range(2)]
    assert sorted(task.result() for task in sleeping) == [0, 1, 2]


@requirement("BARRIER-52", level="detail", hint="from threading import BrokenBarrierError")
def test_broken_barrier_error_is_threadings(Barrier, BrokenBarrierError):
    """BrokenBarrierError is the very class that threading has."""
    assert BrokenBarrierError is threading.BrokenBarrierError


@requirement(
    "BARRIER-53",
    hint="give the sleep the time that is left, not more; look at the clock when you wake",
)
def test_wait_times_out_in_time(Barrier, BrokenBarrierError):
    """wait's time-out ends no later than that of a bare lock beside it, but for 0.3 s."""

    def expire():
        with raises(BrokenBarrierError):
            Barrier(2).wait(BRIEF)

    ends_in_time(expire, BRIEF)

"""Requirements that the suite does not have, for the tests of its judge."""

import sys
import threading

from syncprims.conformance.adapter import NotApplicable
from syncprims.conformance.crew import until
from syncprims.conformance.requirement import cases, needs, requirement


@requirement("ASKED-0")
def passes():
    """Nothing is wanted."""


@requirement("ASKED-0")
def fails():
    """What cannot be is wanted."""
    assert sys is None


@requirement("ASKED-0", since=(3, 13))
def is_newer():
    """What came later is wanted."""


@needs(False, "no such platform")
@requirement("ASKED-0")
def lacks_a_platform():
    """What the platform lacks is wanted."""


@requirement("ASKED-0")
def says_not_applicable():
    """The test finds out itself."""
    raise NotApplicable("not on a Tuesday")


@requirement("ASKED-0")
def waits_in_vain():
    """What never becomes so is wanted."""
    until(lambda: False)


@requirement("ASKED-0")
def does_not_end():
    """The test itself sleeps."""
    threading.Event().wait(1)


@requirement("ASKED-0")
def needs_a_method(Semaphore):
    """A method is wanted."""
    Semaphore().locked()


@requirement("ASKED-0")
def needs_a_parameter(Semaphore):
    """A parameter is wanted."""
    Semaphore().acquire(blocking=False)


@requirement("ASKED-0")
def needs_a_with_block(Semaphore):
    """A with block is wanted."""
    with Semaphore():
        pass


@requirement("ASKED-0")
def needs_a_class(Queue):
    """A class is wanted."""

    class Mine(Queue):
        pass


@requirement("ASKED-0")
def needs_a_mixed_class(Queue):
    """A class to mix with is wanted."""

    class Other:
        pass

    class Mine(Other, Queue):
        pass


@requirement("ASKED-0")
def needs_an_item_type(Queue):
    """A class that can be subscripted is wanted."""
    Queue[int]()


@requirement("ASKED-0")
def needs_a_method_in_a_thread(Semaphore, crew):
    """A method is wanted, in a thread."""
    crew.start(lambda: Semaphore().locked()).result()


@requirement("ASKED-0")
def needs_a_method_in_a_thread_nobody_asks(Semaphore, crew):
    """A method is wanted, in a thread that is only looked at."""
    crew.start(lambda: Semaphore().locked())
    crew.asleep(Semaphore())


@requirement("ASKED-0")
def needs_an_event(Event):
    """An event is wanted."""


@requirement("ASKED-0")
def acquires(Semaphore):
    """acquire works."""
    Semaphore().acquire()


@requirement("ASKED-0")
def releases(Semaphore):
    """release works."""
    Semaphore().release()


@requirement("ASKED-0")
def uses_what_comes_back(Queue):
    """What comes out has a method."""
    Queue()["put"].put(1)


@cases("n", [1, 2, 3])
@requirement("ASKED-1")
def depends_on_the_case(n):
    """n is one."""
    assert n == 1


@cases("n", [1, 2])
@requirement("ASKED-2")
def hangs_in_the_first_case(n):
    """n is two, or it takes long."""
    until(lambda: n == 2)


@requirement("ASKED-0")
def waits_in_two_calls(Event, crew):
    """All come back."""
    event = Event()
    for call in (event.wait, event.wait, event.stay):
        crew.start(call)
    until(lambda: False)


@requirement("ASKED-0")
def waits_for_one_that_died(Event, crew):
    """One comes back."""
    done = []
    crew.start(lambda: done.append(Event().wait()))
    until(lambda: done)


@requirement("ASKED-0")
def leaves_a_thread(Event, crew):
    """Nothing is wanted of the thread."""
    crew.start(Event().wait, 0.5)


@requirement("ASKED-0")
def counts_on_one_that_has_ended(Event, crew):
    """Two sleep."""
    crew.start(lambda: None).result()
    event = Event()
    event.set()
    crew.start(event.wait).result()
    crew.asleep(event, 2)


@requirement("ASKED-0")
def waits_twice():
    """Both become so."""
    for _ in range(2):
        try:
            until(lambda: False)
        except Exception as error:
            failure = error
    raise failure


@requirement("ASKED-3", race=True)
def counts_in_a_race(Event, crew):
    """Two threads count, and nothing is lost."""
    event = Event()
    for task in [crew.start(event.count, 400) for _ in range(2)]:
        task.result()
    assert event.counted == 800


@requirement("ASKED-4", race=True)
def shares_a_variable(crew):
    """A variable that functions share keeps its value in a race."""
    over = 0

    def step():
        return None

    def leave():
        nonlocal over
        over += 1

    def stay():
        while not over:
            step()

    tasks = [crew.start(stay) for _ in range(3)]
    crew.start(leave).result()
    for task in tasks:
        task.result()
    assert over == 1

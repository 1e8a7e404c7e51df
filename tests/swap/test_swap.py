"""swap: what it reaches, what it leaves, and that it leaves nothing behind."""

import os
import pickle
import queue
import subprocess
import sys
import threading
import types
import warnings
from pathlib import Path
from unittest import mock

import pytest

import syncprims
from syncprims.swap import StrictError, is_swapped, original, swap, sweep
from syncprims.swap.watch import Watch

NAMES = (
    *("RLock", "Condition", "Event", "Semaphore", "BoundedSemaphore", "Barrier"),
    *("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"),
)


ITERATORS = ("serialize_iterator", "synchronized_iterator", "concurrent_tee")


def home(name):
    return queue if name in vars(queue) else threading


def is_the_kits(found):
    """Whether a class is the kit's, or stands in its place: see standin.py."""
    return found.__module__ == "syncprims"


@pytest.fixture(name="module")
def a_module_of_the_program():
    """A loaded module that has imported two primitives by name."""
    module = types.ModuleType("a_program")
    exec("from queue import Queue\nfrom threading import Event as Flag", vars(module))
    sys.modules["a_program"] = module
    yield module
    del sys.modules["a_program"]


@pytest.mark.parametrize("name", NAMES)
def test_swap_puts_the_kit_in_place_and_the_stdlib_back(name):
    """Inside the block the stdlib's name is the kit's class, afterwards what it was."""
    before = getattr(home(name), name)
    with swap(quiet=True):
        assert is_the_kits(getattr(home(name), name))
        assert is_swapped(name)
        assert original(name) is before
    assert getattr(home(name), name) is before
    assert not is_swapped()


def test_swap_reaches_what_was_imported_by_name(module):
    """A global that was imported by name long before is the kit's inside the block, too."""
    with swap(quiet=True) as report:
        assert is_the_kits(module.Queue)
        assert is_the_kits(module.Flag)
        assert {"a_program.Queue", "a_program.Flag", "queue.Queue"} <= {*report.patched}
    assert module.Queue is queue.Queue
    assert module.Flag is threading.Event


def test_swap_after_an_exception_has_put_everything_back(module):
    """An exception out of the block undoes it as its end does."""
    with pytest.raises(ZeroDivisionError), swap(quiet=True):
        raise ZeroDivisionError
    assert module.Queue is queue.Queue is original("Queue")


def test_swap_of_some_leaves_the_others():
    """only: what is not named stays."""
    with swap(only={"Event"}, quiet=True):
        assert is_the_kits(threading.Event)
        assert not is_the_kits(queue.Queue)
        assert not is_swapped("Queue")


@pytest.mark.parametrize("only", [{"Evnt"}, "Evnt", {"Thread"}, "", [], [" "]])
def test_swap_of_an_unknown_name_or_of_none_is_refused(only):
    """A name that is no primitive, or no name at all: ValueError, nothing done."""
    with pytest.raises(ValueError, match="only takes names of"):
        swap(only=only)


def test_swap_of_a_name_that_is_near_suggests_it():
    """A slip of the finger: the error says what was meant."""
    with pytest.raises(ValueError, match="cannot swap Evnt; Event would be one"):
        swap(only=["Evnt"])


@pytest.mark.parametrize("only", ["Queue", "Queue, Event", ["Queue", "Event"]])
def test_swap_of_names_in_a_string_takes_each(only):
    """One name, or several with commas, will do where a list is wanted."""
    with swap(only=only, quiet=True) as report:
        assert "Queue" in report.names
        assert is_the_kits(queue.Queue)
        assert repr(report).startswith(f"<swapped {', '.join(report.names)} in ")


def test_swap_nested_is_undone_step_by_step(module):
    """The inner swap leaves what the outer has put in."""
    with swap(only={"Event"}, quiet=True):
        with swap(quiet=True):
            assert is_the_kits(module.Queue)
        assert module.Queue is queue.Queue is original("Queue")
        assert is_the_kits(module.Flag)
        with swap(only={"Event"}, quiet=True):
            pass
        assert is_the_kits(threading.Event)
    assert module.Flag is threading.Event is original("Event")


def test_swap_undoes_modules_imported_inside(tmp_path, monkeypatch):
    """What was imported inside has the stdlib's afterwards, unless it asked for the kit."""
    (tmp_path / "imported_inside.py").write_text("from threading import Event\n", "utf-8")
    (tmp_path / "asks_for_the_kit.py").write_text("from syncprims import Event\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with swap(quiet=True):
        import asks_for_the_kit
        import imported_inside

        assert is_the_kits(imported_inside.Event)
    assert imported_inside.Event is threading.Event
    assert asks_for_the_kit.Event is syncprims.Event


def test_swap_leaves_a_global_that_was_the_kits_before(module):
    """A module that used the kit before uses it after."""
    module.Event = syncprims.Event
    with swap(quiet=True):
        pass
    assert module.Event is syncprims.Event


def test_swap_leaves_what_the_program_has_replaced_itself(module):
    """A global that the program has set meanwhile is the program's."""
    with swap(quiet=True):
        module.Queue = list
    assert module.Queue is list


def test_swap_as_a_decorator_swaps_for_each_call(module):
    """@swap(): inside the function only, also if it calls itself."""

    @swap(quiet=True)
    def function(depth=1):
        assert is_the_kits(module.Queue)
        return function(depth - 1) if depth else "done"

    assert not is_the_kits(module.Queue)
    assert function() == "done"
    assert not is_the_kits(module.Queue)


def test_start_and_stop_do_what_with_does():
    """start returns the report; stop undoes."""
    swapping = swap(quiet=True)
    assert "threading.Event" in swapping.start().patched
    with pytest.raises(RuntimeError, match="already"):
        swapping.start()
    swapping.stop()
    with pytest.raises(RuntimeError, match="opposite order"):
        swapping.stop()
    assert threading.Event is original("Event")


def test_start_while_another_thread_has_swapped_is_refused(crew):
    """Two threads that swap would undo each other: RuntimeError, nothing changed."""
    with swap(quiet=True):
        with pytest.raises(RuntimeError, match="another thread"):
            crew.start(swap(quiet=True).start).result()
        assert is_the_kits(threading.Event)


def test_stop_by_another_thread_is_refused(crew):
    """A swap is stopped by the thread that started it."""
    swapping = swap(quiet=True)
    swapping.start()
    with pytest.raises(RuntimeError, match="thread that started it"):
        crew.start(swapping.stop).result()
    swapping.stop()


def test_swap_that_warns_points_at_the_line_that_swaps():
    """The warning names the file with ``with swap()``, not one of ours."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        with pytest.warns(RuntimeWarning) as caught, swap():
            pass
    finally:
        stop.set()
        thread.join()
    assert caught[0].filename == __file__


def test_start_that_fails_undoes_what_it_did(monkeypatch):
    """Whatever is raised on the way, nothing is left swapped."""
    from syncprims.swap.places import Place

    put_in, calls = Place.put_in, []

    def third_time_fails(place):
        calls.append(place)
        if len(calls) == 3:
            raise MemoryError
        put_in(place)

    monkeypatch.setattr(Place, "put_in", third_time_fails)
    with pytest.raises(MemoryError):
        swap(quiet=True).start()
    assert not is_swapped()
    assert threading.Event is original("Event")
    assert queue.Queue is original("Queue")
    with swap(quiet=True):
        pass


def test_stop_asks_nobody_who_may_have_been_patched(monkeypatch):
    """gevent's monkey_patch gives threading another get_ident: the swap has its own."""
    swapping = swap(quiet=True)
    swapping.start()
    monkeypatch.setattr(threading, "get_ident", lambda: 0)
    swapping.stop()
    assert threading.Event is original("Event")


def test_classes_of_the_stdlib_that_stand_on_private_parts_keep_their_base():
    """multiprocessing's Barrier, though it is first asked for inside, works afterwards."""
    program = (
        "from syncprims.swap import swap\n"
        "with swap():\n"
        "    import multiprocessing.synchronize as synchronize\n"
        "import multiprocessing, threading\n"
        "assert issubclass(synchronize.Barrier, threading.Barrier)\n"
        "barrier = multiprocessing.Barrier(1)\n"
        "assert barrier.wait() == 0\n"
        "print('met')\n"
    )
    package = str(Path(syncprims.__file__).parents[1])
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": package},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.stdout == "met\n", ended.stderr


def test_sweep_puts_back_what_a_patch_that_ended_late_has_left():
    """A mock begun inside and stopped after leaves the kit in threading: a later look mends it."""
    patch = mock.patch("threading.Event")
    with swap(quiet=True):
        patch.start()
    patch.stop()
    assert is_the_kits(threading.Event)
    sweep()
    assert threading.Event is original("Event")


def test_sweep_takes_out_what_this_python_has_not():
    """What only the swap has put into threading is gone, though a patch has put it back."""
    patch = mock.patch("threading.concurrent_tee", create=True)
    before = getattr(threading, "concurrent_tee", None)
    with swap(quiet=True):
        patch.start()
    patch.stop()
    sweep()
    assert getattr(threading, "concurrent_tee", None) is before


def test_sweep_inside_a_swap_does_nothing():
    """What is swapped now is wanted."""
    with swap(quiet=True):
        sweep()
        assert is_the_kits(threading.Event)


def test_swap_while_threads_run_warns():
    """What other threads hold already stays: a warning says so, and names them."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        with pytest.warns(RuntimeWarning, match="other threads run"), swap():
            pass
    finally:
        stop.set()
        thread.join()


def test_swap_alone_does_not_warn():
    """Nobody else runs: no warning."""
    if threading.active_count() == 1:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with swap():
                pass


def test_swap_touches_no_test_tool_and_no_ground():
    """_thread, _queue, pytest, pluggy and coverage keep their own."""
    _queue = pytest.importorskip("_queue")  # PyPy has none

    with swap(quiet=True) as report:
        assert _queue.SimpleQueue is original("SimpleQueue")
        roots = {name.partition(".")[0] for name in report.patched}
    assert not roots & {"_thread", "_queue", "_pytest", "pytest", "pluggy", "coverage", "syncprims"}


def test_objects_made_before_inside_and_after_work_together():
    """An object is what its class made of it, and goes on being so."""
    before = threading.Event(), queue.Queue()
    with swap(quiet=True):
        inside = threading.Event(), queue.Queue()
        threading.Thread(target=before[0].set).start()
        assert before[0].wait(10)
    thread = threading.Thread(target=inside[1].put, args=(1,))
    thread.start()
    assert inside[1].get(timeout=10) == 1
    assert isinstance(inside[0], syncprims.Event)
    before[1].put(1)
    assert before[1].get_nowait() == 1


def test_exceptions_are_shared_on_both_sides():
    """except queue.Empty catches the kit's, and the other way round."""
    with swap(quiet=True):
        with pytest.raises(queue.Empty):
            queue.Queue().get_nowait()
        with pytest.raises(syncprims.Empty):
            original("Queue")().get_nowait()


PROGRAM = """
import queue, threading
from collections import defaultdict
from functools import partial, singledispatch

class Worker:
    make = queue.Queue
    flag = threading.Event()
    def __init__(self):
        self.lock = threading.Condition()

def run(jobs=queue.Queue, *, flag=threading.Event):
    pass

def outer():
    kind = threading.Barrier
    def inner():
        return kind, late
    return inner
    late = 1

inner = outer()
kinds = [queue.LifoQueue, 1]
table = {"a": threading.Semaphore}
kind_of = {threading.Event: 1}
nested = [{"b": (threading.Event,)}]
later = defaultdict(threading.Event)
half = partial(threading.Semaphore, 2)

class Slotted:
    __slots__ = ("lock", "nothing")
    make = staticmethod(threading.Barrier)
    def __init__(self):
        self.lock = threading.Condition()

class Jobs(queue.Queue):
    pass

slotted = Slotted()
bound = event_set = threading.Event().set

def annotated(flag: threading.Event) -> None:
    pass

@singledispatch
def show(thing):
    pass

@show.register(threading.Event)
def _(thing):
    pass
event = threading.Event()
worker = Worker()
Queue = queue.Queue
"""


@pytest.fixture(name="program")
def a_program_that_holds_on(module):
    vars(module)["__name__"] = "a_program"
    exec(PROGRAM, vars(module))
    return module


def test_unreached_names_all_that_still_holds_the_stdlibs(program):
    """Class attributes, defaults, closures, containers, and objects made before."""
    with swap(quiet=True) as report:
        found = {str(each) for each in report.unreached if "a_program" in each.where}
    assert found == {
        "class attribute a_program.Worker.make: the class Queue",
        "class attribute a_program.Worker.flag: an object of Event",
        "attribute a_program.Worker().lock: an object of Condition",
        "default argument a_program.run, jobs: the class Queue",
        "default argument a_program.run, flag: the class Event",
        "closure a_program.outer.<locals>.inner, kind: the class Barrier",
        "global a_program.kinds: a list with the class LifoQueue",
        "global a_program.table: a dict with the class Semaphore",
        "global a_program.event: an object of Event",
        "global a_program.kind_of: a dict with the class Event",
        "global a_program.nested: a list with a dict with a tuple with the class Event",
        "global a_program.later: a defaultdict with the class Event",
        "global a_program.half: a partial with the class Semaphore",
        "global a_program.bound: a method with an object of Event",
        "global a_program.event_set: a method with an object of Event",
        "attribute a_program.Slotted().lock: an object of Condition",
        "class attribute a_program.Slotted.make: a staticmethod with the class Barrier",
        "base class of a_program.Jobs: the class Queue",
        "attribute a_program.show.registry: a mappingproxy with a dict with the class Event",
    }


class Proxy:
    """Something that must not be asked for anything, as flask's and SQLAlchemy's proxies."""

    def __getattribute__(self, name):
        raise RuntimeError(f"asked for {name}")

    __class__ = property(lambda self: 1 / 0)


class Shy(type):
    def __getattribute__(cls, name):
        raise RuntimeError(f"asked for {name}")


def test_unreached_and_strict_ask_nothing_of_proxies(module):
    """Objects and classes whose attributes raise, and modules that are none, are looked past."""
    module.proxy, module.shy = Proxy(), Shy("Shy", (), {"flag": threading.Event})
    module.items = [Proxy()]
    sys.modules["a_lazy_module"] = Proxy()
    try:
        with swap(quiet=True) as report:
            assert any("Shy.flag" in each.where for each in report.unreached)
        with pytest.raises(StrictError):
            swap(strict=True, quiet=True).start()
    finally:
        del sys.modules["a_lazy_module"]


def test_strict_raises_on_what_it_cannot_reach_and_swaps_nothing(program):
    """strict=True: StrictError that says what."""
    with pytest.raises(StrictError, match=r"a_program\.Worker\.make"):
        swap(strict=True, quiet=True).start()
    assert threading.Event is original("Event")
    assert not is_swapped()


def test_original_of_an_unknown_name_is_refused():
    """A name that is no primitive: ValueError that lists them."""
    with pytest.raises(ValueError, match="there are Queue"):
        original("Thread")


def test_module_without_source_that_was_imported_inside_is_put_back():
    """A module made by hand, or written in C, has no source to look into."""
    with swap(quiet=True) as report:
        made = types.ModuleType("made_inside")
        made.Event = threading.Event
        sys.modules["made_inside"] = made
        assert report.names == list(NAMES[6:] + NAMES[:6] + ITERATORS)
    del sys.modules["made_inside"]
    assert made.Event is original("Event")


LATER = [(threading, name, name) for name in ITERATORS] + [(queue, "ShutDown", "Queue")]


@pytest.mark.parametrize(("module", "name", "only"), LATER)
def test_swap_gives_an_older_python_what_later_ones_have(module, name, only):
    """What the running Python lacks is there inside, if it is asked for, and gone afterwards."""
    before = getattr(module, name, None)
    with swap(only=[only], quiet=True) as report:
        assert getattr(module, name) is getattr(syncprims, name)
        assert before is syncprims.ShutDown or f"{module.__name__}.{name}" in report.patched
        with swap(quiet=True):
            assert getattr(module, name) is getattr(syncprims, name)
        assert getattr(module, name) is getattr(syncprims, name)
    assert getattr(module, name, None) is before


def test_swap_of_others_adds_nothing():
    """With ``only`` what is not asked for, and what does not belong to it, is not put in."""
    before = [getattr(module, name, None) for module, name, _ in LATER]
    with swap(only=["Event"], quiet=True):
        assert [getattr(module, name, None) for module, name, _ in LATER] == before


def test_swap_by_name_of_one_that_is_nested_does_not_warn_again(crew):
    """Who has been warned by the outer swap is not warned by the inner."""
    stop = threading.Event()
    task = crew.start(stop.wait)
    with swap(quiet=True), warnings.catch_warnings():
        warnings.simplefilter("error")
        with swap():
            pass
    stop.set()
    task.result()


# What isinstance says: a stand-in lets older ones pass


class Jobs(queue.Queue):
    """Made long before any swap."""


def test_isinstance_inside_holds_for_what_was_made_before():
    """Objects, and subclasses, of the stdlib's are of the class that stands there inside."""
    older = queue.Queue()
    with swap(quiet=True):
        assert isinstance(older, queue.Queue)
        assert isinstance(Jobs(), queue.Queue)
        assert issubclass(Jobs, queue.Queue)
        assert not isinstance(Jobs(), queue.SimpleQueue)


def test_isinstance_inside_holds_among_the_kits_own():
    """A BoundedSemaphore is a Semaphore, a LifoQueue a Queue, an object's own class the name's."""
    with swap(quiet=True):
        assert isinstance(threading.BoundedSemaphore(), threading.Semaphore)
        assert isinstance(queue.LifoQueue(), queue.Queue)
        assert isinstance(queue.Queue().not_empty, threading.Condition)
        assert type(queue.Queue()) is queue.Queue
        assert isinstance(queue.Queue(), syncprims.Queue)


def test_isinstance_of_a_class_derived_inside_is_python_s_own():
    """What is derived inside lets nothing pass that does not descend from it."""
    with swap(quiet=True):

        class Derived(queue.Queue):
            pass

        assert isinstance(Derived(), queue.Queue)
        assert not isinstance(queue.Queue(), Derived)
        assert not isinstance(Jobs(), Derived)


def test_pickle_of_a_class_swapped_in_gives_it_back():
    """A class is pickled by its name; that of a stand-in is the kit's, and still it comes back."""
    global Derived
    with swap(quiet=True):
        assert pickle.loads(pickle.dumps(queue.Queue)) is queue.Queue

        class Derived(queue.Queue):
            __qualname__ = "Derived"

        assert pickle.loads(pickle.dumps(Derived)) is Derived


def test_unreached_names_private_parts_that_the_kit_lacks():
    """The class, the method and the line, of those made before and of those made inside."""
    with swap(quiet=True) as report:

        class Inside(threading.Barrier):
            def parties_here(self):
                return self._count

        found = {str(each) for each in report.unreached if each.kind == "private part"}
    name = f"{Inside.__module__}.{Inside.__qualname__}.parties_here"
    line = Inside.parties_here.__code__.co_firstlineno + 1
    assert f"private part {name}, line {line}: _count; the kit's Barrier has none" in found


def test_swap_leaves_the_kits_own_where_they_were(module):
    """Who has imported the kit's RLock keeps it, whatever was swapped before, and watched now."""
    module.Mine, module.Event = syncprims.RLock, syncprims.Event
    for watch in (None, Watch(leaks=False), None):
        with swap(quiet=True, watch=watch):
            pass
        assert (module.Mine, module.Event) == (syncprims.RLock, syncprims.Event)
